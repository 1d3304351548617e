"""The reasons a new installation starts with, as data; as long as nobody rewrites one it speaks every language."""

from __future__ import annotations

from backoffice.accounts.seeding import at_first_start
from backoffice.foundation.database import db
from backoffice.foundation.i18n import Text, _l, message_of
from backoffice.readers.models import CannedReason

DEFAULT_REASONS: tuple[tuple[Text, Text], ...] = (
    (_l("Off topic"), _l("It is not about the article.")),
    (_l("Insulting"), _l("It insults somebody. Say the same without that and we will gladly show it.")),
    (_l("Advertising"), _l("It advertises something.")),
    (_l("Personal data"), _l("It gives away personal data, of yourself or of somebody else.")),
    (_l("Against the law"), _l("We believe that showing it would be against the law.")),
    (_l("In the wrong language"), _l("It is in a language that the readers of this page do not share.")),
)
_IN_WORDS = {message_of(text): text for pair in DEFAULT_REASONS for text in pair}


def in_words(text: str) -> str:
    """A label or a text of a reason in the reader's language, where it is one that came with the house."""
    return str(spoken(text))


def spoken(text: str) -> Text | str:
    """The same, to be translated when it is read."""
    return _IN_WORDS.get(text, text)


@at_first_start
def seed_reasons() -> None:
    """Write them down."""
    for position, (label, text) in enumerate(DEFAULT_REASONS, 1):
        db.session.add(CannedReason(label=message_of(label), text=message_of(text), position=float(position)))
    db.session.flush()
