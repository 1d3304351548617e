"""Letters: the templates of mail filled in the language and time zone of one reader. No request is needed for that."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, has_request_context, url_for
from jinja2 import Environment, Template, TemplateNotFound

from backoffice.foundation.i18n import direction_of, speaking
from backoffice.foundation.text import clean_line, clean_text, is_time_zone, shortened

LONGEST_SUBJECT, LONGEST_NAME = 200, 80


@dataclass(frozen=True)
class Letter:
    """What a reader gets to read."""

    subject: str
    text: str
    html: str | None


@dataclass(frozen=True)
class Reader:
    """Whom a letter is written to: in which language, and in which zone moments are told."""

    to: str
    name: str
    locale: str
    zone: str | None = None


def rendered(template: str, reader: Reader, context: Mapping[str, Any], *, stop_link: str | None = None) -> Letter:
    """Fill `templates/mail/<template>.{subject.txt,txt,html}`; the last may be missing.

    Raises LookupError for a template without a subject or a text.
    """
    values = {
        **context,
        "to": reader.to,
        "name": reader.name,
        "locale": reader.locale,
        "direction": direction_of(reader.locale),
        "link_to": link_to,
        "stop_link": stop_link,
    }
    zone = reader.zone if reader.zone and is_time_zone(reader.zone) else "UTC"
    # Not by `render_template`: what that adds speaks the language of whoever asks, not of who reads.
    with speaking(reader.locale, zone):
        subject = one_line(_filled(template, "subject.txt", values) or "", LONGEST_SUBJECT)
        text, html = _filled(template, "txt", values), _filled(template, "html", values)
    if not subject or not text:
        raise LookupError(f"templates/mail/{template}: a mail needs a subject and a text")
    return Letter(subject, text, html)


def link_to(endpoint: str, **values: Any) -> str:
    """The whole address of a page: by `BACKOFFICE_BASE_URL`, else as the request says, else on this machine."""
    base = current_app.config["BASE_URL"]
    if not base and has_request_context():
        return url_for(endpoint, _external=True, **values)
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    return f"{base or 'http://localhost'}{path}"


def new_message_id() -> str:
    """A name for a mail that no other mail has anywhere; it stays the same however often the mail is sent."""
    return f"<{secrets.token_hex(16)}@{mail_host()}>"


def mail_host() -> str:
    """The host that mail comes from, in ASCII: that of the public address."""
    host = urlsplit(current_app.config["BASE_URL"]).hostname or "localhost"
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return "localhost"


def one_line(text: str, longest: int) -> str:
    """Text for a header: one line, no control, and nothing that a reader's program would decode into something else."""
    return shortened(clean_line(text).replace("=?", "= ?"), longest - 1)


def _filled(template: str, kind: str, values: dict[str, Any]) -> str | None:
    """The template filled; None if there is none of this kind."""
    found = _template(current_app.jinja_env, f"mail/{template}.{kind}")
    return None if found is None else clean_text(found.render(values))


def _template(environment: Environment, name: str) -> Template | None:
    try:
        return environment.get_template(name)
    except TemplateNotFound as missing:
        if missing.name != name:
            raise
        return None
