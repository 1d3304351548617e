"""The sign-in page, shown by itself or in place of a page that needs it."""

from __future__ import annotations

from flask import Response, make_response, render_template, request

from backoffice.site.redirects import is_local


def sign_in_page(
    sentence: str | None = None,
    *,
    kept: str | None = None,
    following: str | None = None,
    username: str = "",
    status: int = 200,
) -> Response:
    """The form with fields `username` and `password`; a parcel of typed fields goes along if there is one."""
    if following is None and request.method == "GET" and is_local(request.full_path):
        following = request.args.get("next") if is_local(request.args.get("next")) else None
    return make_response(
        render_template(
            "site/accounts/sign_in.html",
            sentence=sentence,
            kept=kept,
            following=following,
            username=username,
        ),
        status,
    )


def code_page(
    sentence: str | None = None, *, kept: str | None = None, following: str | None = None, status: int = 200
) -> Response:
    """The form with the field `code`, after a password that was right."""
    page = render_template("site/signing/code.html", sentence=sentence, kept=kept, following=following)
    return make_response(page, status)


def confirm_page(
    sentence: str | None = None, *, kept: str | None = None, following: str | None = None, status: int = 200
) -> Response:
    """The form with which whoever is signed in proves anew that it is she."""
    page = render_template("site/signing/confirm.html", sentence=sentence, kept=kept, following=following)
    return make_response(page, status)
