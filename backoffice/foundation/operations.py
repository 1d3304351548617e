"""Operations: one home per verb.

What people *do* is a function that declares the permission it needs, when it applies and what it asks for. The admin,
the command line, the jobs and later the API are surfaces: they list operations and never contain them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm.exc import StaleDataError

from backoffice.foundation.acting import acting
from backoffice.foundation.database import Versioned, db, forget_promises, promise_count
from backoffice.foundation.errors import NotAllowed, NotApplicable, NotFound, StaleRecord
from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import Text, _l
from backoffice.foundation.permissions import Can, is_allowed


@dataclass(frozen=True, eq=False)
class Operation:
    """A verb: called like a function with a target and `actor=`; everything a surface needs is an attribute."""

    function: Callable[..., Any]
    model: Any
    needs: Can
    label: Text
    #: The participle that reports it: "Approved".
    done: Text
    when: Callable[[Any], bool]
    takes: type[InputForm] | None = None
    icon: str = "check"
    #: The status whose colour and shape the button wears, if any.
    tone: str = ""
    #: Whether it makes sense to do it to many records at once.
    in_lists: bool = True
    #: Whether each row of a list carries a button for it.
    as_button: bool = True
    #: The same for very many records at once: the column values that every record gets, from actor and inputs.
    #: Only for verbs that do nothing else; a test demands that both ways come to the same.
    in_bulk: Callable[..., Mapping[str, Any]] | None = None
    #: Whether nothing can bring back what it does; the person is asked for a number or a name before.
    is_final: bool = False
    #: Whether this actor is shown a way to it at this record; whoever sends it anyway is refused in words.
    offered: Callable[[Any, Any], bool] = lambda actor, record: True

    @property
    def name(self) -> str:
        """The one word for it: form value, command, address, audit verb."""
        return self.function.__name__

    @property
    def action(self) -> str:
        """What the audit trail calls it: `resource.name`."""
        return f"{self.model.resource}.{self.name}"

    @property
    def help(self) -> str:
        """The first line of the docstring."""
        return (self.function.__doc__ or "").strip().split("\n", 1)[0]

    def is_allowed(self, actor: Any, record: Any = None) -> bool:
        """Whether the actor may do it, at all or to this record."""
        return is_allowed(actor, self.needs, record)

    def fits(self, record: Any) -> bool:
        """Whether it applies to the record in its present state."""
        return bool(self.when(record))

    def is_offered(self, actor: Any, record: Any) -> bool:
        """Whether it fits the record, and the actor should be shown a way to it there."""
        return self.fits(record) and bool(self.offered(actor, record))

    def __call__(
        self,
        record: Any,
        *,
        actor: Any,
        expected_version: int | None = None,
        **inputs: Any,
    ) -> Any:
        """Do it. Never commits. Raises NotAllowed, NotFound, NotApplicable, StaleRecord, or what the verb refuses.

        1. refuse if the actor may not, the record has moved on or is gone, or the verb does not apply;
        2. flush, so that earlier changes keep their own name in the trail;
        3. run the verb under its own name;
        4. flush, so that its changes are recorded under that name;
        5. on any error, forget the promises made since step 2.
        """
        if not self.is_allowed(actor, record):
            raise NotAllowed(permission=self.needs.value)
        if not isinstance(record, Versioned):
            _hold(record)
        if expected_version is not None and getattr(record, "version", None) != expected_version:
            raise StaleRecord(_l("Somebody changed this since you opened it. Look at it again before you decide."))
        if not self.fits(record):
            raise NotApplicable(_l("%(verb)s does not apply to this any more.", verb=self.label))
        db.session.flush()
        before = promise_count()
        try:
            with acting(actor=actor, action=self.action):
                result = self.function(record, actor=actor, **inputs)
                db.session.flush()
        except StaleDataError as error:
            forget_promises(before)
            # In words only later: the session is of no use to anybody before it is rolled back.
            raise StaleRecord(_l("Somebody else changed this at the same moment. Look at it again.")) from error
        except BaseException:
            forget_promises(before)
            raise
        return result


def operation(
    model: Any,
    *,
    needs: Can,
    label: Text,
    done: Text,
    when: Callable[[Any], bool] = lambda record: True,
    takes: type[InputForm] | None = None,
    icon: str = "check",
    tone: str = "",
    in_lists: bool = True,
    as_button: bool = True,
    in_bulk: Callable[..., Mapping[str, Any]] | None = None,
    is_final: bool = False,
    offered: Callable[[Any, Any], bool] = lambda actor, record: True,
) -> Callable[[Callable[..., Any]], Operation]:
    """Declare a verb of `model`; see `Operation`.

    `when` looks at loaded columns only, for it runs for each listed row.
    """

    def declare(function: Callable[..., Any]) -> Operation:
        made = Operation(
            function,
            model,
            needs,
            label,
            done,
            when,
            takes,
            icon,
            tone,
            in_lists,
            as_button,
            in_bulk,
            is_final,
            offered,
        )
        _declared[made.action] = made
        return made

    return declare


def _hold(record: Any) -> None:
    """Wait for whoever changes the record at this moment and read it anew; no version tells of that here.

    Raises NotFound if it is gone.
    """
    if not inspect(record).persistent:
        return
    try:
        db.session.refresh(record, with_for_update={"of": type(record), "key_share": True})
    except InvalidRequestError as error:
        raise NotFound from error


_declared: dict[str, Operation] = {}


def operation_called(action: str) -> Operation | None:
    """The operation that the audit trail calls `resource.name`; None for what is none, such as plain saving."""
    return _declared.get(action)


def operations_needing(can: Can, model: Any) -> list[Operation]:
    """The verbs of this model that ask for this permission."""
    return [made for made in _declared.values() if made.needs == can and made.model is model]


def changes_in_bulk(model: Any) -> bool:
    """Whether records of this model may be changed by statements: some operation of theirs says so."""
    return any(made.model is model and made.in_bulk is not None for made in _declared.values())
