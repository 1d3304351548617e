"""The second factor: six digits of an authenticator (RFC 6238), each once, and codes for when it is lost.

What the authenticator and the house share is derived from a salt and the secret key of the installation, so a copy of
the database yields no codes. Who gets the secret key replaced sets the authenticator up anew by a recovery code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
from datetime import timedelta
from typing import Any

import pyotp
from flask import current_app
from sqlalchemy import ColumnElement, Delete, Update, and_, delete, exists, func, select, update

from backoffice.accounts import terms
from backoffice.accounts.models import Role, User, user_roles
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.records import audit, outbox
from backoffice.signing.models import RecoveryCode, SecondFactor

STEP_SECONDS = 30
#: A code is good a step before and after its own, for clocks that differ.
SLACK = 1
CODES = 10
#: After so many wrong codes in a row one more is taken each `PAUSE` only.
MOST_MISSES = 5
PAUSE = timedelta(minutes=1)
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_SIGNS_IN_CODE, _GROUP = 16, 4


def of(user: User) -> SecondFactor | None:
    """The second factor of the person, if she has one."""
    return db.session.get(SecondFactor, user.id)


def is_lacking() -> ColumnElement[bool]:
    """Whether a `User` in a query needs a second factor and has none."""
    demanded = (
        select(Role.id)
        .join(user_roles, user_roles.c.role_id == Role.id)
        .where(user_roles.c.user_id == User.id, Role.demands_second_factor, terms.counts())
        .correlate(User)
    )
    return and_(exists(demanded), ~is_there())


def is_there() -> ColumnElement[bool]:
    """Whether a `User` in a query has a second factor."""
    return exists(select(SecondFactor.id).where(SecondFactor.id == User.id).correlate(User))


def is_demanded(user: User) -> bool:
    """Whether one of the person's roles demands one."""
    return any(role.demands_second_factor for role in user.present_roles)


def new_salt() -> str:
    """What a new second factor begins with; no secret by itself."""
    return secrets.token_hex(20)


def shared_secret(salt: str) -> str:
    """What the authenticator is told, in base32."""
    key = current_app.config["SECRET_KEY"]
    key = key.encode() if isinstance(key, str) else key
    own = hmac.new(key, b"backoffice second factor", hashlib.sha256).digest()
    return base64.b32encode(hmac.new(own, salt.encode("utf-8", "surrogatepass"), hashlib.sha1).digest()).decode()


def address(salt: str, user: User) -> str:
    """The same as an `otpauth:` address, for the picture that a telephone reads."""
    return pyotp.TOTP(shared_secret(salt)).provisioning_uri(
        name=user.username, issuer_name=current_app.config["PUBLICATION"]
    )


def set_up(user: User, *, salt: str, code: str) -> list[str]:
    """Give the person this second factor and return her recovery codes, which are stored nowhere. Never commits.

    Raises InvalidInput for a code that is not of this authenticator, NotApplicable if she has one already.
    """
    if of(user) is not None:
        raise NotApplicable(_l("You have a second factor already."))
    step = _step_of(salt, _plain(code))
    if step is None:
        raise InvalidInput(
            _l("That is not the code of this moment. Look at the clock of the telephone, then type the next one."),
            field="code",
        )
    db.session.add(SecondFactor(id=user.id, salt=salt, last_step=step))
    audit.note("user.set_second_factor", target=user)
    _tell(user, "second_factor_set")
    return new_codes(user)


def new_codes(user: User) -> list[str]:
    """Give the person new recovery codes; those she had stop working. Never commits."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    made = ["".join(secrets.choice(_SIGNS) for _ in range(_SIGNS_IN_CODE)) for _ in range(CODES)]
    db.session.add_all(RecoveryCode(user_id=user.id, digest=_digest(user, code)) for code in made)
    db.session.flush()
    return ["-".join(code[at : at + _GROUP] for at in range(0, _SIGNS_IN_CODE, _GROUP)) for code in made]


def codes_left(user: User) -> int:
    """How many recovery codes the person has not used yet."""
    query = select(func.count()).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(query) or 0


def has_to_wait(factor: SecondFactor) -> bool:
    """Whether no code is taken at the moment, after many wrong ones."""
    return factor.misses >= MOST_MISSES and factor.missed_at is not None and clock.now() - factor.missed_at < PAUSE


def accepts(user: User, typed: str) -> bool:
    """Whether the person proves herself by this code, which is used up by that; a wrong one counts. Never commits."""
    factor = of(user)
    if factor is None or has_to_wait(factor):
        return False
    code = _plain(typed)
    step = _step_of(factor.salt, code)
    if step is not None and _changed(
        update(SecondFactor)
        .where(SecondFactor.id == user.id, SecondFactor.last_step < step)
        .values(last_step=step, misses=0)
    ):
        return True
    if len(code) == _SIGNS_IN_CODE and _changed(
        update(RecoveryCode)
        .where(RecoveryCode.digest == _digest(user, code), RecoveryCode.used_at.is_(None))
        .values(used_at=clock.now())
    ):
        _changed(update(SecondFactor).where(SecondFactor.id == user.id).values(misses=0))
        audit.note("user.use_recovery_code", target=user, left=codes_left(user))
        return True
    counted = update(SecondFactor).where(SecondFactor.id == user.id)
    _changed(counted.values(misses=SecondFactor.misses + 1, missed_at=clock.now()))
    db.session.refresh(factor)
    audit.note("user.code_refused", target=user)
    if factor.misses == MOST_MISSES:
        _tell(user, "codes_refused")
    return False


def remove(user: User) -> None:
    """Take the second factor away, with its recovery codes; raises NotApplicable if there is none. Never commits."""
    # By a statement: of two who remove it at the same moment one does.
    if not _changed(delete(SecondFactor).where(SecondFactor.id == user.id)):
        raise NotApplicable(_l("%(name)s has no second factor.", name=user.title_text))
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    _tell(user, "second_factor_removed")


def _tell(user: User, template: str) -> None:
    if user.email:
        outbox.promise(template, user.email, user=user, username=user.username, at=clock.now())


def _plain(typed: str) -> str:
    """Without spaces and hyphens, and with the digits of every script as the common ones."""
    signs = (sign for sign in typed[:100] if not sign.isspace() and sign != "-")
    return "".join(str(unicodedata.digit(sign, sign)) for sign in signs).lower()


def _step_of(salt: str, code: str) -> int | None:
    """The step of time whose code this is, if it is one of now."""
    if len(code) != 6 or not code.isascii():
        return None
    now = int(clock.now().timestamp()) // STEP_SECONDS
    made = pyotp.TOTP(shared_secret(salt))
    steps = [step for step in range(now - SLACK, now + SLACK + 1) if hmac.compare_digest(made.generate_otp(step), code)]
    return max(steps, default=None)


def _digest(user: User, code: str) -> str:
    return hashlib.sha256(f"{user.id} {code}".encode("utf-8", "surrogatepass")).hexdigest()


def _changed(statement: Update | Delete) -> bool:
    done: Any = db.session.execute(statement)
    return bool(done.rowcount)
