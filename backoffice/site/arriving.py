"""Where a person comes to once she is in: what she still owes, what she had typed, or where she was going."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for

from backoffice.foundation.i18n import _
from backoffice.site.errors import opened

#: Where what is owed is settled.
_SETTLED_AT = {"password": "signing.new_password", "factor": "signing.second_factor_page"}


def arrive(kept: str | None, following: str | None, *, owed: str | None = None) -> Any:
    """The answer to a form that let somebody in; `kept` is a sealed parcel of what she had typed before."""
    if owed:
        target = url_for(_SETTLED_AT[owed])
        if opened(kept):
            return render_template(
                "site/signing/next_step.html", target=target, owed=owed, kept=kept, following=following
            )
        return redirect(url_for(_SETTLED_AT[owed], next=following) if following else target)
    if parcel := opened(kept):
        return render_template(
            "errors/plain.html",
            status=200,
            title=_("You are signed in"),
            sentence=_("What you typed is kept. Send it again."),
            again=parcel,
        )
    return redirect(following or url_for("accounts.front_door"))
