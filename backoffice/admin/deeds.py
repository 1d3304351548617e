"""The entries of the audit trail as people read them: what was done, its icon, and where its record is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import format_datetime
from sqlalchemy import select

from backoffice.admin.columns import Cell, Column, column_of
from backoffice.admin.merging import Parts, words_changed
from backoffice.admin.words import resource_title, views
from backoffice.foundation.database import EnumText, Timestamped, UTCDateTime, db
from backoffice.foundation.html import plain_text
from backoffice.foundation.i18n import Text, _, _l
from backoffice.foundation.permissions import ALL, Can, is_allowed, reach_of
from backoffice.records.actors import who_said
from backoffice.records.audit import AuditEntry
from backoffice.records.keeping import keeper_of
from backoffice.site.requests import present_actor

#: What is no operation of a view: its participle and its icon. Operations bring their own.
DEEDS: dict[str, tuple[Text, str]] = {
    "create": (_l("Added"), "plus"),
    "edit": (_l("Changed"), "pencil"),
    "delete": (_l("Deleted"), "trash"),
    "export": (_l("Exported"), "download"),
    "import": (_l("Imported"), "upload"),
    "decide": (_l("Decided by a rule"), "rules"),
    "submit": (_l("Written"), "comment"),
    "demo": (_l("Volume data made"), "grid"),
    "sign_in": (_l("Signed in"), "user"),
    "sign_in_refused": (_l("Sign-in refused"), "lock"),
    "refused": (_l("Refused"), "lock"),
    "sign_out": (_l("Signed out"), "logout"),
    "disclose": (_l("Personal data exported"), "download"),
    "forget_author": (_l("Author forgotten"), "user"),
    "hand_over": (_l("Handed over"), "user"),
    "role_ended": (_l("Role ended"), "history"),
    "restore": (_l("Restored"), "undo"),
    "prune": (_l("Old entries removed"), "trash"),
    "begun": (_l("Begun"), "history"),
    "not_done": (_l("Not done"), "alert"),
    "overwrite": (_l("Replaced"), "upload"),
    "revert": (_l("Former content put back"), "undo"),
    "undo": (_l("Taken back"), "undo"),
    "run": (_l("Run asked for"), "play"),
    "stop": (_l("Asked to stop"), "stop"),
    "pause": (_l("Paused"), "pause"),
    "resume": (_l("Set going again"), "play"),
    "edit_profile": (_l("Profile changed"), "user"),
    "set_password": (_l("Password set"), "key"),
    "ask_reset": (_l("Reset link asked for"), "key"),
    "code_refused": (_l("Code refused"), "lock"),
    "confirm": (_l("Confirmed"), "check"),
    "confirm_refused": (_l("Confirmation refused"), "lock"),
    "end_sessions": (_l("Sessions ended"), "logout"),
    "new_recovery_codes": (_l("New recovery codes made"), "key"),
    "set_second_factor": (_l("Second factor set up"), "lock"),
    "use_recovery_code": (_l("Recovery code used"), "key"),
    "update": (_l("Brought up to date"), "pencil"),
    "upload": (_l("Uploaded"), "upload"),
    "make_folder": (_l("Folder made"), "folder"),
    "rename": (_l("Renamed"), "pencil"),
    "move": (_l("Moved"), "folder"),
    "clone": (_l("Copied"), "copy"),
    "view_as": (_l("Back office seen as"), "eye"),
    "view_as_end": (_l("No longer seen as"), "eye"),
    "train": (_l("Spam score trained"), "spam"),
    "suggest": (_l("Suggested"), "comment"),
    "accept": (_l("Accepted"), "check"),
    "reject": (_l("Rejected"), "x"),
    "remark": (_l("Commented"), "comment"),
    "resolve": (_l("Settled"), "check"),
    "reopen": (_l("Opened again"), "undo"),
    "dismiss": (_l("Warning dismissed"), "x"),
    "warn_again": (_l("Warning brought back"), "undo"),
    "draft": (_l("Kept as a draft"), "draft"),
    "configure": (_l("Set up"), "settings"),
    "publish": (_l("Published"), "sent"),
    "download": (_l("Downloaded"), "download"),
    "ask": (_l("Asked"), "mail"),
    "subscribe": (_l("Confirmed"), "check"),
    "change_address": (_l("Changed address"), "mail"),
    "confirm_address": (_l("Confirmed"), "check"),
    "ask_registration": (_l("Asked"), "mail"),
    "register": (_l("Added"), "user"),
    "new_feed": (_l("Calendar address made"), "calendar"),
    "revoke_feed": (_l("Calendar address revoked"), "x"),
    "try": (_l("Try now"), "sent"),
    "turn_down": (_l("New spam model not used"), "spam"),
}
#: What entries tell of things that are no columns.
FACTS: dict[str, Text] = {
    "after": _l("After"),
    "auc": _l("ROC AUC"),
    "before": _l("Before"),
    "begun": _l("Begun with entry"),
    "by": _l("By"),
    "check": _l("Check"),
    "count": _l("Texts"),
    "doing": _l("What"),
    "domain": _l("Catalog"),
    "eid": _l("Entry"),
    "eids": _l("Entries"),
    "entries": _l("Entries"),
    "examples": _l("Examples"),
    "files": _l("Files"),
    "folders": _l("Folders"),
    "device": _l("Device"),
    "forms": _l("Translation"),
    "kept": _l("Kept as number"),
    "kind": _l("Kind"),
    "left": _l("Codes left"),
    "left_out": _l("Left out"),
    "locale": _l("Language"),
    "model": _l("Model"),
    "offered": _l("Offered"),
    "overridden": _l("Checks passed over"),
    "path": _l("Path"),
    "publish": _l("Publishing"),
    "reason": _l("Reason"),
    "review": _l("Review"),
    "said": _l("Comment"),
    "sessions": _l("Sessions"),
    "username": _l("User name"),
    "recall": _l("Recall at a precision of 0.98"),
    "rule": _l("Rule"),
    "settled": _l("Found out afterwards"),
    "sha256": _l("Checksum"),
    "sha256_before": _l("Checksum before"),
    "size": _l("Bytes"),
    "spam_examples": _l("Examples of spam"),
    "suggested": _l("Suggestion"),
    "text": _l("English text"),
    "to": _l("To"),
    "until": _l("Until"),
}
#: The surfaces that changes come through, as people know them.
SURFACES: dict[str, Text] = {
    "admin": _l("Back office"),
    "site": _l("Public pages"),
    "cli": _l("Command line"),
    "job": _l("Background job"),
    "setup": _l("First start"),
    "shell": _l("Program"),
}
#: What is done to a whole area and not to one record.
OF_AN_AREA = ("export", "import", "demo", "train", "turn_down")
#: Texts that are longer together are shown by the words that changed.
LONG = 80
#: Entries that the page of a record shows.
MOST_SHOWN = 10


@dataclass(frozen=True)
class Told:
    """An entry in words: what was done, with which icon, to what, and the address of that if the person may open it."""

    done: str
    icon: str
    tone: str
    what: str
    address: str | None


def told(entry: AuditEntry) -> Told:
    """The entry in the reader's words."""
    verb = entry.action.split(".", 1)[-1]
    what = entry.target_title or (str(resource_title(entry.target_type)) if verb in OF_AN_AREA else "")
    done, icon, tone = _deed(entry.target_type, verb)
    return Told(done, icon, tone, what, None if verb == "delete" else _address(entry))


def shown(entry: AuditEntry) -> Cell:
    """What was done, in words, with its name in the trail beside it; for a list."""
    return Cell("name", told(entry).done, aside=entry.action)


def area(entry: AuditEntry) -> Cell:
    """The kind of record that it is about, in words."""
    return Cell("text", resource_title(entry.target_type))


def kind(item: Any) -> Cell:
    """The kind of record that something was, in words."""
    if keeper := keeper_of(item):
        return Cell("text", keeper.kind(item))
    view = views().get(item.target_type)
    return Cell("text", view.model.singular if view is not None else item.target_type)


def actor(entry: Any) -> Cell:
    """Who did it, in words."""
    return Cell("text", who_said(entry.actor_id, entry.actor_name))


def surface(entry: AuditEntry) -> Cell:
    """Where the change came in, in words."""
    return Cell("text", SURFACES.get(entry.surface, entry.surface))


def has_history(record: Any) -> bool:
    """Whether the person may see what the trail tells of the record."""
    return record.resource != AuditEntry.resource and is_allowed(present_actor(), Can.AUDIT_VIEW)


def history_of(record: Any) -> list[AuditEntry]:
    """The newest entries about a record, for whoever may see the trail; nothing for others."""
    if not has_history(record):
        return []
    about = [AuditEntry.target_type == record.resource, AuditEntry.target_id == record.id]
    if isinstance(record, Timestamped):
        # SQLite gives the number of a deleted record to the next, which is not to show what that one went through.
        about.append(AuditEntry.at >= record.created_at)
    return list(db.session.scalars(select(AuditEntry).where(*about).order_by(AuditEntry.id.desc()).limit(MOST_SHOWN)))


class Change(NamedTuple):
    """What an entry tells of one column: its label, the old and the new value; of long texts what changed in words."""

    label: Any
    before: Any
    after: Any
    words: Parts | None = None


def changes_of(entry: AuditEntry) -> list[Change]:
    """Each column in the entry that the person may see."""
    view = views().get(entry.target_type)
    attributes = set(view.model.__mapper__.attrs.keys()) if view is not None else set()
    told = []
    for name, (before, after) in entry.changes.items():
        column = column_of(view.model, name) if view is not None and name in attributes else None
        if column is None or column.may_be_seen():
            label = column.label if column else FACTS.get(name, name)
            before, after = _readable(column, before), _readable(column, after)
            told.append(Change(label, before, after, _words(view, name, before, after)))
    return told


def _words(view: Any, name: str, before: Any, after: Any) -> Parts | None:
    if not isinstance(before, str) or not isinstance(after, str) or len(before) + len(after) < LONG:
        return None
    if view is not None and name in view.rich_text:
        before, after = plain_text(before), plain_text(after)
    return words_changed(before, after)


def _readable(column: Column | None, value: Any) -> Any:
    """A value of the trail as the page of the record would show it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if column is None or not isinstance(value, str):
        return value
    try:
        if isinstance(column.type, EnumText):
            return str(getattr(column.type.enum(value), "label", value))
        if isinstance(column.type, UTCDateTime):
            return format_datetime(datetime.fromisoformat(value), "medium")
    except ValueError:
        pass  # what the model does not know any more is shown as it was
    return value


def _deed(resource: str, verb: str) -> tuple[str, str, str]:
    view = views().get(resource)
    if view is not None:
        for operation in (*view.all_operations, *view.via.values()):
            if operation.name == verb and operation.model is view.model:
                return str(operation.done), operation.icon, operation.tone
    done, icon = DEEDS.get(verb, (verb.replace("_", " "), "history"))
    return str(done), icon, ""


def _address(entry: AuditEntry) -> str | None:
    view = views().get(entry.target_type)
    if view is None or entry.target_id is None or "view" not in view.verbs:
        return None
    everywhere = reach_of(present_actor(), Can(f"{entry.target_type}.view")) == ALL
    return url_for(f"{view.endpoint}.details_view", id=entry.target_id) if everywhere else None
