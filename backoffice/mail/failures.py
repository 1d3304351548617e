"""What a failure means: for the mail, for its reader, or for everything that waits. The one place that knows."""

from __future__ import annotations

import random
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from backoffice.foundation.i18n import _
from backoffice.foundation.text import clean_line
from backoffice.mail.models import Trouble

#: Longest pause after the first failed attempt; each next one is four times as long, up to the longest of all.
FIRST_PAUSE, GROWTH, LONGEST_PAUSE = timedelta(seconds=30), 4, timedelta(hours=4)
#: So long after its first failed attempt a mail that fails again is given up.
GIVEN_UP_AFTER = timedelta(hours=36)


class Stage(Enum):
    """How far a conversation with a server had come."""

    CALL = auto()
    TLS = auto()
    SIGN_IN = auto()
    SENDER = auto()
    RECIPIENT = auto()
    MESSAGE = auto()


class DeliveryFailed(Exception):
    """A message was not taken, or nobody knows whether it was; the cause says why, `stage` says when."""

    def __init__(self, stage: Stage, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.stage, self.cause = stage, cause


@dataclass(frozen=True)
class Verdict:
    """What follows from a failure.

    `trouble`: everything waits, and the attempt does not count. Otherwise it is about this mail: `is_final` for good,
    else for now; `for_server` if the server was in no state to take any. `met_at_mail`: the trouble showed only when
    this mail was handed over, so that it may be this mail's alone.
    """

    words: str
    trouble: Trouble | None = None
    is_final: bool = False
    for_server: bool = False
    met_at_mail: bool = False


def verdict(failure: BaseException) -> Verdict:
    """What a failed attempt means."""
    if not isinstance(failure, DeliveryFailed):
        return Verdict(told(failure))
    cause, stage = failure.cause, failure.stage
    words, code = told(cause), code_of(cause)
    is_broken = code is None and isinstance(cause, OSError) and not isinstance(cause, smtplib.SMTPNotSupportedError)
    if stage in (Stage.RECIPIENT, Stage.MESSAGE):
        if code in (530, 535):
            return Verdict(words, Trouble.SETTINGS, met_at_mail=True)
        if code is not None and code >= 500:
            return Verdict(words, is_final=True)
        return Verdict(words, for_server=is_broken or code in (421, 452))
    if stage is Stage.SENDER:
        if isinstance(cause, smtplib.SMTPNotSupportedError) or code == 552:
            return Verdict(words, is_final=True)
        if code in (450, 451, 452):
            return Verdict(words, for_server=code == 452)
    if code is not None:
        return Verdict(words, Trouble.AWAY if code < 500 else Trouble.SETTINGS)
    if isinstance(cause, ssl.SSLError) or not is_broken:
        return Verdict(words, Trouble.SETTINGS)
    return Verdict(words, Trouble.AWAY)


def code_of(failure: BaseException) -> int | None:
    """The number with which a server said no, if it was the server that did."""
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        return next(iter(failure.recipients.values()))[0]
    code = failure.smtp_code if isinstance(failure, smtplib.SMTPResponseException) else None
    # The library says -1 where it understood nothing.
    return code if code is not None and 400 <= code < 600 else None


def longest_pause(failed: int) -> timedelta:
    """The longest time to wait after so many failed attempts (1 or more)."""
    return min(FIRST_PAUSE * GROWTH ** min(failed - 1, 20), LONGEST_PAUSE)


def next_attempt(failed: int, first_failed_at: datetime, now: datetime) -> datetime | None:
    """When a mail is tried again that failed so often, anywhere within the pause; None if it is given up."""
    if now - first_failed_at >= GIVEN_UP_AFTER:
        return None
    seconds = longest_pause(failed).total_seconds()
    # Full jitter: what failed together does not come back together.
    return now + timedelta(seconds=random.uniform(1, seconds))  # noqa: S311  # no secret


def told(failure: BaseException) -> str:
    """Why a message could not be delivered, on one line for people; nothing of the settings."""
    if isinstance(failure, DeliveryFailed):
        return told(failure.cause)
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        return _answered(*next(iter(failure.recipients.values())))
    if isinstance(failure, smtplib.SMTPResponseException):
        return _answered(failure.smtp_code, failure.smtp_error)
    if isinstance(failure, smtplib.SMTPNotSupportedError):
        return _("The mail server lacks something that the settings or this mail need.")
    if isinstance(failure, TimeoutError):
        return _("The mail server did not answer in time.")
    if isinstance(failure, smtplib.SMTPServerDisconnected):
        return _("The mail server hung up.")
    if isinstance(failure, ssl.SSLCertVerificationError):
        return _("The certificate of the mail server is not valid.")
    if isinstance(failure, ssl.SSLError):
        return _("No encrypted connection to the mail server is possible.")
    if isinstance(failure, ConnectionError):
        return _("The mail server does not answer.")
    if isinstance(failure, OSError) and failure.strerror:
        return failure.strerror
    return type(failure).__name__


def _answered(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    # No database keeps every control that a server may say.
    return clean_line(f"{code} {text}")
