"""Why a rule fitted, as a sentence in the reader's language."""

from __future__ import annotations

from typing import Any

from flask_babel import format_percent

from backoffice.foundation.i18n import _, _n
from backoffice.foundation.text import shortened

#: Words of a list that one sentence names.
MOST_NAMED = 3
LONGEST_NAMED = 60


def told(finding: Any) -> str:
    """The sentence for a finding, stored or not: anything with `kind`, `detail` and `rule_name`."""
    teller = _TELLERS.get(str(finding.kind))
    return teller(finding.detail or {}) if teller else str(finding.rule_name)


def _named(detail: dict[str, Any]) -> str:
    found = [shortened(str(word), LONGEST_NAMED) for word in detail.get("found", ())]
    return ", ".join(found[:MOST_NAMED]) + ("…" if len(found) > MOST_NAMED else "")


def _count(detail: dict[str, Any], name: str) -> int:
    value = detail.get(name)
    return value if isinstance(value, int) else 0


def _words(detail: dict[str, Any]) -> str:
    return _n("Word: %(words)s", "Words: %(words)s", len(detail.get("found", ())), words=_named(detail))


def _patterns(detail: dict[str, Any]) -> str:
    return _("Pattern: %(words)s", words=_named(detail))


def _links(detail: dict[str, Any]) -> str:
    links = _count(detail, "links")
    return _n(
        "%(num)s link, the limit is %(limit)s", "%(num)s links, the limit is %(limit)s", links, limit=_limit(detail)
    )


def _limit(detail: dict[str, Any]) -> int:
    return _count(detail, "limit")


def _blocked(detail: dict[str, Any]) -> str:
    return _("Blocked domain: %(words)s", words=_named(detail))


def _trusted(detail: dict[str, Any]) -> str:
    return _("All links lead to trusted domains: %(words)s", words=_named(detail))


def _new_author(detail: dict[str, Any]) -> str:
    if not _count(detail, "approved"):
        return _("No comment of this author was approved yet")
    return _n(
        "%(num)s comment of this author was approved so far, %(limit)s are needed",
        "%(num)s comments of this author were approved so far, %(limit)s are needed",
        _count(detail, "approved"),
        limit=_limit(detail),
    )


def _rejected(detail: dict[str, Any]) -> str:
    return _(
        "%(num)s of the last %(total)s comments of this author were rejected or spam",
        num=_count(detail, "rejected"),
        total=_count(detail, "decided"),
    )


def _repeated(detail: dict[str, Any]) -> str:
    return _n(
        "The same text was sent once before", "The same text was sent %(num)s times before", _count(detail, "copies")
    )


def _flood(detail: dict[str, Any]) -> str:
    minutes = _n("%(num)s minute", "%(num)s minutes", _count(detail, "minutes"))
    return _n(
        "%(num)s comment of this author within %(minutes)s",
        "%(num)s comments of this author within %(minutes)s",
        _count(detail, "comments"),
        minutes=minutes,
    )


def _old_post(detail: dict[str, Any]) -> str:
    return _n("The post is %(num)s day old", "The post is %(num)s days old", _count(detail, "age"))


def _flags(detail: dict[str, Any]) -> str:
    return _n("Reported by %(num)s reader", "Reported by %(num)s readers", _count(detail, "flags"))


def _score(detail: dict[str, Any]) -> str:
    return _(
        "Spam score %(share)s, the limit is %(limit)s",
        share=format_percent(_count(detail, "percent") / 100),
        limit=format_percent(_limit(detail) / 100),
    )


def _held(detail: dict[str, Any]) -> str:
    return _("Everything of this author is held")


def _fault(detail: dict[str, Any]) -> str:
    return _("This rule could not be worked out, so the comment is held")


_TELLERS = {
    "words": _words,
    "patterns": _patterns,
    "links": _links,
    "blocked_domains": _blocked,
    "trusted_domains": _trusted,
    "new_author": _new_author,
    "rejected_lately": _rejected,
    "repeated": _repeated,
    "flood": _flood,
    "old_post": _old_post,
    "flags": _flags,
    "score": _score,
    "held": _held,
    "fault": _fault,
}
