"""What administrators do about how others sign in. None of it tells them a password, or chooses one."""

from __future__ import annotations

from typing import Any

from backoffice.accounts import guards, sessions
from backoffice.accounts.entering import SignIn
from backoffice.accounts.models import Role, User
from backoffice.foundation import confirming
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotApplicable
from backoffice.foundation.i18n import Text, _l
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import Can
from backoffice.records import audit
from backoffice.signing import devices, resetting, second_factor


@operation(
    User,
    needs=Can.USER_INVITE,
    label=_l("Send a reset link"),
    done=_l("Reset link sent"),
    icon="key",
    when=lambda user: bool(user.is_active and user.email and user.password_hash),
    in_lists=False,
)
def start_reset(user: User, *, actor: Any) -> Text:
    """Mail the person a link with which she sets a new password; nobody else sees it."""
    guards.refuse_above(actor, user)
    if not resetting.send(user):
        raise NotApplicable(_l("Three links are on their way already. They work for an hour."))
    audit.note("user.start_reset", target=user)
    return _l("It works once, for an hour. The password she has works until then.")


@operation(
    User,
    needs=Can.USER_SECURE,
    label=_l("Demand a new password"),
    done=_l("New password demanded"),
    icon="lock",
    when=lambda user: bool(user.is_active and user.password_hash and not user.must_change_password),
    as_button=False,
)
def demand_new_password(user: User, *, actor: Any) -> None:
    """Let the person do nothing before she has chosen another password."""
    guards.refuse_above(actor, user)
    user.must_change_password = True


@operation(
    User,
    needs=Can.USER_SECURE,
    label=_l("Demand no new password"),
    done=_l("No new password demanded"),
    icon="undo",
    when=lambda user: user.must_change_password,
    as_button=False,
    in_lists=False,
)
def demand_no_new_password(user: User, *, actor: Any) -> None:
    """Let the person go on with the password she has."""
    guards.refuse_above(actor, user)
    user.must_change_password = False


@operation(
    User,
    needs=Can.USER_SECURE,
    label=_l("Remove the second factor"),
    done=_l("Second factor removed"),
    icon="lock",
    when=lambda user: user.is_active,
    as_button=False,
    in_lists=False,
    offered=lambda actor, user: second_factor.of(user) is not None,
)
def remove_second_factor(user: User, *, actor: Any) -> None:
    """Let the person sign in without her authenticator, which she lost; her sessions end and she is told by mail."""
    guards.refuse_above(actor, user)
    if second_factor.of(user) is None:
        raise NotApplicable(_l("%(name)s has no second factor.", name=user.title_text))
    confirming.ask_again()
    second_factor.remove(user)
    sessions.end(user)
    audit.note("user.remove_second_factor", target=user)


@operation(
    Role,
    needs=Can.ROLE_EDIT,
    label=_l("Demand a second factor"),
    done=_l("Second factor demanded"),
    icon="lock",
    when=lambda role: not role.demands_second_factor,
    as_button=False,
)
def demand_second_factor(role: Role, *, actor: Any) -> None:
    """Let nobody with this role do anything before she has set up a second factor."""
    guards.refuse_what_the_actor_lacks(actor, role.granted)
    role.demands_second_factor = True


@operation(
    Role,
    needs=Can.ROLE_EDIT,
    label=_l("Demand no second factor"),
    done=_l("No second factor demanded"),
    icon="undo",
    when=lambda role: role.demands_second_factor,
    as_button=False,
)
def demand_no_second_factor(role: Role, *, actor: Any) -> None:
    """Let people with this role do without a second factor."""
    guards.refuse_what_the_actor_lacks(actor, role.granted)
    confirming.ask_again()
    role.demands_second_factor = False


@operation(
    SignIn,
    needs=Can.SESSION_END,
    label=_l("End session"),
    done=_l("Ended"),
    icon="logout",
    tone="rejected",
)
def end(session: SignIn, *, actor: Any) -> None:
    """End the session: whoever uses it has to sign in again."""
    guards.refuse_above(actor, session.user)
    audit.note("session.end", target=session, username=session.user.username, device=devices.told(session.device))
    db.session.delete(session)
