"""Where to go next: only to addresses of this site."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import request

# One slash, then neither a slash nor a backslash; no control character, space or backslash anywhere.
_LOCAL = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")


def is_local(address: str | None) -> bool:
    """Whether the text is an absolute path on this site and nothing a browser could read as another host."""
    return bool(address) and len(address or "") <= 2000 and bool(_LOCAL.fullmatch(address or ""))


def wanted(name: str = "next") -> str | None:
    """The local address asked for in the form or the query, if it is one."""
    address = request.form.get(name) or request.args.get(name)
    return address if is_local(address) else None


def came_from() -> str | None:
    """The path of the page that sent this request, if it was one of ours."""
    try:
        parts = urlsplit(request.referrer or "")
    except ValueError:
        return None
    if parts.netloc != request.host:
        return None
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return path if is_local(path) else None
