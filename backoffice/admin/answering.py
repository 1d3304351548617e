"""One sentence as the answer to a small form: shown by the script that sent it, else on the page it was sent from."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect

from backoffice.site.redirects import wanted
from backoffice.site.requests import is_script


def answer(sentence: str, status: int, *, otherwise: str) -> Any:
    """The sentence, with the status where a script asks; the page is the one the form names, or `otherwise`."""
    if is_script():
        return jsonify(message=sentence), status
    if sentence:
        flash(sentence, "success" if status == 200 else "error")
    return redirect(wanted("url") or otherwise)
