"""What people do with accounts and roles."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from backoffice.accounts import addresses, giving, guards, leaving, links, passwords, sessions
from backoffice.accounts.entering import AccessLink
from backoffice.accounts.models import Role, RoleGrant, User
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.confirming import ask_again
from backoffice.foundation.database import db
from backoffice.foundation.deleting import remove
from backoffice.foundation.errors import InvalidInput, NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import ALL, Can, is_allowed
from backoffice.foundation.reveal import Reveal
from backoffice.records import audit, outbox


@operation(
    User,
    needs=Can.USER_INVITE,
    label=_l("Make a password link"),
    done=_l("Link made"),
    icon="key",
    # Who has a password gets a reset by mail, so that nobody else can choose one for her.
    when=lambda user: user.is_active and not (user.password_hash and user.email),
    in_lists=False,
)
def invite(user: User, *, actor: Any) -> Reveal:
    """Make a link with which the person sets her own password; it works once, for seven days."""
    guards.refuse_above(actor, user)
    ask_again()
    token = links.new_link(user)
    audit.note("user.invite", target=user)
    sentence = _l(
        "Give this link to %(name)s. It works once, for seven days, and is not shown again.", name=user.title_text
    )
    if user.email:
        outbox.promise(
            "invitation",
            user.email,
            user=user,
            secret=True,
            link=outbox.link_to("accounts.accept_invite", token=token),
            until=clock.now() + links.LIFETIME,
            username=user.username,
        )
        sentence = _l(
            "%(name)s gets this link by mail to %(address)s, and you can pass it on as well. It works once, "
            "for seven days, and is not shown again.",
            name=user.title_text,
            address=user.email if is_allowed(actor, Can.USER_VIEW_CONTACT, user) else "…",
        )
    return Reveal(sentence, "accounts.accept_invite", {"token": token})


@operation(
    User,
    needs=Can.USER_DEACTIVATE,
    label=_l("Deactivate"),
    done=_l("Deactivated"),
    icon="lock",
    tone="rejected",
    when=lambda user: user.is_active,
    takes=leaving.DeactivateForm,
    offered=lambda actor, user: actor.id != user.id,
)
def deactivate(user: User, *, actor: Any, drafts: str | None = None, to: str | None = None) -> None:
    """End the person's sessions and let her sign in no more; what she published stays.

    `drafts` is one of `leaving.Drafts` and has to be given where she has some, `to` the name of who gets them.
    """
    if actor.id == user.id:
        raise NotApplicable(_l("You cannot deactivate yourself. Ask another administrator."))
    guards.refuse_above(actor, user)
    ask_again()
    leaving.settle(user, drafts, to, actor=actor)
    user.is_active, user.session_key = False, _new_key()
    guards.refuse_without_administrator()


@operation(
    User,
    needs=Can.USER_DEACTIVATE,
    label=_l("Reactivate"),
    done=_l("Reactivated"),
    icon="check",
    tone="approved",
    when=lambda user: not user.is_active and not user.is_erased,
)
def reactivate(user: User, *, actor: Any) -> None:
    """Let the person sign in again with the roles she has."""
    guards.refuse_above(actor, user)
    user.is_active = True


@operation(
    User,
    needs=Can.ROLE_GRANT,
    label=_l("Set roles"),
    done=_l("Roles set"),
    icon="users",
    in_lists=False,
)
def set_roles(user: User, *, actor: Any, roles: Sequence[Role]) -> None:
    """Give the person exactly these roles. Nobody gives or takes what he does not hold, nor changes one above him.

    Roles that she keeps end when they were to end, new ones do not end.
    """
    before, after = set(user.roles), set(roles)
    if before == after:
        return
    guards.refuse_above(actor, user)
    for role in after - before:
        guards.refuse_giving(actor, role.granted)
    for role in before - after:
        guards.refuse_what_the_actor_lacks(actor, role.granted)
    ask_again()
    granted = dict(user.granted)
    user.roles = sorted(after, key=lambda role: role.name)
    user.terms = [term for term in user.terms if term.role in after]
    guards.refuse_without_administrator()
    sessions.end_where_rights_went([(user, granted)])
    giving.tell(user, sorted(after - before, key=lambda role: role.name), actor=actor)


@operation(
    Role,
    needs=Can.ROLE_EDIT,
    label=_l("Set permissions"),
    done=_l("Permissions set"),
    icon="key",
    in_lists=False,
)
def set_permissions(role: Role, *, actor: Any, permissions: Mapping[str, str]) -> None:
    """Let the role grant exactly these permissions with these reaches; nobody gives or takes what he does not hold."""
    change_permissions(role, actor=actor, permissions=permissions)


def change_permissions(role: Role, *, actor: Any, permissions: Mapping[str, str]) -> None:
    """What `set_permissions` does, for verbs with a name of their own that do it too."""
    before = role.granted
    if before == dict(permissions):
        return
    guards.refuse_other_permissions(actor, role, permissions)
    ask_again()
    holders = [(user, dict(user.granted)) for user in sessions.held_by(role, before, permissions)]
    grant_exactly(role, permissions)
    db.session.flush()
    sessions.end_where_rights_went(holders)


@operation(
    Role,
    needs=Can.ROLE_DELETE,
    label=_l("Delete"),
    done=_l("Deleted"),
    icon="trash",
    as_button=False,
    when=lambda role: not role.is_built_in,
)
def delete(role: Role, *, actor: Any) -> None:
    """Remove the role; a built-in one, or one that somebody has, stays."""
    guards.refuse_what_the_actor_lacks(actor, role.granted)
    remove(role)


def grant_exactly(role: Role, permissions: Mapping[str, str]) -> None:
    """Make the grants of the role these, keeping the rows that stay."""
    kept = {grant.permission: grant for grant in role.grants}
    for name, grant in kept.items():
        if name not in permissions:
            role.grants.remove(grant)
    for name, reach in permissions.items():
        if name in kept:
            kept[name].reach = reach or ALL
        else:
            role.grants.append(RoleGrant(permission=name, reach=reach or ALL))


def set_own_password(user: User, *, actor: Any, password: str, rounds: int = passwords.ROUNDS) -> None:
    """Store a new password chosen by the person herself; her sessions and links end. Raises InvalidInput."""
    passwords.check_choice(password, about=(user.username, user.name, user.email, (user.email or "").partition("@")[0]))
    if user.password_hash and passwords.matches(password, user.password_hash):
        raise InvalidInput(_l("That is the password you have. Choose another."), field="password")
    with acting(actor=actor, action="user.set_password"):
        user.password_hash, user.session_key = (
            passwords.hashed(password, rounds),
            _new_key(),
        )
        user.must_change_password = False
        sessions.end(user)
        links.close_all(user)
        db.session.flush()


def change_password(
    user: User,
    *,
    actor: Any,
    present: str,
    password: str,
    rounds: int = passwords.ROUNDS,
) -> None:
    """Replace the password by a new one; the present one has to be known. Raises InvalidInput."""
    if not passwords.matches(present, user.password_hash):
        raise InvalidInput(_l("That is not your present password."), field="present")
    set_own_password(user, actor=actor, password=password, rounds=rounds)


def accept(link: AccessLink, *, password: str, rounds: int = passwords.ROUNDS) -> User:
    """Use up a one-time link: its owner sets her password. Raises InvalidInput."""
    set_own_password(link.user, actor=link.user, password=password, rounds=rounds)
    addresses.proved(link.user)
    link.used_at = clock.now()
    return link.user


def _new_key() -> str:
    return secrets.token_urlsafe(32)
