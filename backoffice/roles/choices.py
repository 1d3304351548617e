"""What a person chose on the role desk: reaches of some roles, beside what stood there when she opened it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from backoffice.accounts.guards import covers
from backoffice.accounts.models import Role
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import SOURCE_LOCALE, _l, kept_locales
from backoffice.foundation.permissions import ALL, OWN, Can
from backoffice.roles.reaches import can_be_local, can_be_own, is_possible, is_same, joined

#: More characters than this are no answer to a page of ours.
MOST_REMEMBERED = 400_000


@dataclass(frozen=True)
class Clash:
    """Somebody set the same permission of a role to something else since the page was opened."""

    role: Role
    can: Can
    theirs: str
    mine: str


@dataclass(frozen=True)
class Choices:
    """Reaches by number of the role and name of the permission, an empty text for nothing."""

    #: What stood there when the page was opened, of everything that it offered.
    seen: Mapping[int, Mapping[str, str]]
    chosen: Mapping[int, Mapping[str, str]]

    @classmethod
    def read(cls, remembered: str, values_of: Callable[[str], Sequence[str]]) -> Choices:
        """What a form holds: `remembered` is what `as_text` made, `values_of` gives the values of a control.

        Raises InvalidInput for what no page of ours sends, and for a reach that the permission cannot have.
        """
        seen = _seen_in(remembered)
        chosen = {
            role_id: {name: _given(control(role_id, name), values_of) for name in reaches}
            for role_id, reaches in seen.items()
        }
        for reaches in chosen.values():
            for name, reach in reaches.items():
                if reach and not is_possible(Can(name), reach):
                    raise InvalidInput(_l("Choose all, own or nothing for each."))
        return cls(seen, chosen)

    def as_text(self) -> str:
        """What stood there when the page was opened, for the form to carry along."""
        return json.dumps(self.seen, separators=(",", ":"))

    def of(self, role: Role, can: Can) -> str:
        """What is chosen for this permission of the role; what it grants where nothing was asked."""
        held = role.granted.get(can.value, "")
        return self.chosen.get(role.id, {}).get(can.value, held)

    def is_changed(self, role: Role, can: Can) -> bool:
        """Whether something else was chosen than stood there."""
        reaches = self.chosen.get(role.id, {})
        return can.value in reaches and not is_same(reaches[can.value], self.seen[role.id][can.value])

    def clashes(self, roles: Iterable[Role]) -> list[Clash]:
        """Where the person and somebody else since changed the same to different reaches."""
        return [
            Clash(role, Can(name), held, mine)
            for role in roles
            for name, mine in self.chosen.get(role.id, {}).items()
            if self.is_changed(role, Can(name))
            and not is_same(held := role.granted.get(name, ""), self.seen[role.id][name])
            and not is_same(held, mine)
        ]

    def anew(self, roles: Iterable[Role], cans: Callable[[Role], Iterable[Can]]) -> Choices:
        """The same choices over what stands there now, with everything that `cans` names for each role."""
        seen: dict[int, dict[str, str]] = {}
        chosen: dict[int, dict[str, str]] = {}
        for role in roles:
            for can in cans(role):
                held = role.granted.get(can.value, "")
                seen.setdefault(role.id, {})[can.value] = held
                mine = self.of(role, can) if self.is_changed(role, can) else held
                chosen.setdefault(role.id, {})[can.value] = mine
        return Choices(seen, chosen)

    def wanted(self, roles: Iterable[Role]) -> dict[Role, dict[str, str]]:
        """What each role that is changed would grant, with what others did to the rest of it meanwhile."""
        found = {}
        for role in roles:
            grants = dict(role.granted)
            for name, reach in self.chosen.get(role.id, {}).items():
                if self.is_changed(role, Can(name)):
                    grants.pop(name, None)
                    grants.update({name: reach} if reach else {})
            if grants != role.granted:
                found[role] = grants
        return found


NOTHING = Choices({}, {})


def control(role_id: int, name: str) -> str:
    """The name of the control for this permission of the role."""
    return f"r.{role_id}.{name}"


def offered(can: Can, held: str, granted: Mapping[str, str]) -> list[str]:
    """The reaches that a person with these grants may choose from where `held` stands; none if she may not change it.

    Of a permission for languages there is one for each; they are ticked.
    """
    if held and not covers(granted, can.value, held):
        return []
    reaches = ["", *([OWN] if can_be_own(can) else []), *(_parts(held) if can_be_local(can) else ()), ALL]
    reaches = [reach for reach in reaches if not reach or covers(granted, can.value, reach)]
    return reaches if len(reaches) > 1 else []


def _given(name: str, values_of: Callable[[str], Sequence[str]]) -> str:
    """What was ticked or chosen in a control, and what was typed beside it."""
    return joined([*values_of(name), *values_of(f"{name}.more")])


def _parts(held: str) -> list[str]:
    """The languages, and the catalogs of languages that are held; English only where it is, as nobody translates it."""
    parts = held.split(",")
    locales = [locale for locale in kept_locales() if locale != SOURCE_LOCALE or locale in parts]
    return [*locales, *(part for part in parts if ":" in part)]


def stamp(wanted: Mapping[Role, Mapping[str, str]]) -> str:
    """Stands for one certain change of roles as they are now, so that what is saved is what was looked at."""
    told = [[role.id, role.granted, grants] for role, grants in sorted(wanted.items(), key=lambda item: item[0].id)]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def _seen_in(remembered: str) -> dict[int, dict[str, str]]:
    try:
        if len(remembered) > MOST_REMEMBERED:
            raise ValueError
        told = json.loads(remembered or "{}")
        return {
            int(role_id): {Can(name).value: str(reach) for name, reach in reaches.items()}
            for role_id, reaches in told.items()
        }
    except (ValueError, AttributeError, RecursionError) as error:
        raise InvalidInput(_l("This form is not as the page sent it. Load the page anew.")) from error
