"""Reminders beside their list: the calendar, what is due now, one line that says it all, and what words mean."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from flask import flash, jsonify, redirect, request, url_for
from flask_admin import BaseView, expose
from flask_babel import format_date, get_locale, get_timezone

from backoffice.admin.filters import day_from
from backoffice.admin.guard import Guarded
from backoffice.admin.operating import reveal_text
from backoffice.admin.undoing import say_done
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError
from backoffice.foundation.i18n import SOURCE_LOCALE, _, _l
from backoffice.foundation.reveal import Reveal
from backoffice.foundation.text import clean_line, is_time_zone
from backoffice.reminders import feeds, month, queries, quick, reading
from backoffice.reminders.fields import LONGEST_WORDS, built, has_passed, in_full, read_local, rhythm, typed
from backoffice.reminders.models import Reminder
from backoffice.reminders.moments import to_local
from backoffice.site.limits import limiter
from backoffice.site.refusals import refused
from backoffice.site.requests import is_script, present_actor

#: So many coming moments of a rule are shown before it is saved.
MOST_SHOWN = 5
#: The list of what is due now holds no more than this; the list of all has the rest.
MOST_DUE = 50
#: A day of the calendar is shown in full up to so many.
MOST_OF_A_DAY = 200
#: In the small list of the top bar.
MOST_IN_BAR = 7


class _Beside(Guarded, BaseView):
    """A page beside the list of reminders."""

    resource = "reminder"
    icon = "bell"

    def is_visible(self) -> bool:
        """Not in the sidebar: it stands beside the list of reminders."""
        return False


class ReminderCalendarView(_Beside):
    """A month of reminders, and the address at which other programs read them."""

    verbs = frozenset({"view"})
    endpoint_verbs = {"index_view": "view", "feed_view": "view"}

    def __init__(self) -> None:
        super().__init__(name=_l("Calendar"), endpoint="reminder_calendar", url="/admin/reminder/calendar")

    @expose("/")
    def index_view(self) -> Any:
        """The month `month=2026-11`, the present one unless given; `day` is shown in full below it."""
        zone, now, actor = str(get_timezone()), clock.now(), present_actor()
        today = to_local(now, zone).date()
        chosen = day_from(request.args.get("day"))
        first = month.month_in(request.args.get("month")) or (chosen or today).replace(day=1)
        starts_on = month.first_weekday(str(get_locale()))
        found = queries.within(actor, *month.span(first, starts_on, zone))
        shown = month.laid_out(first, starts_on, now, ZoneInfo(zone), found)
        return self.render(
            "admin/house/reminder_calendar.html",
            month=shown,
            chosen=shown.day(chosen) or shown.day(today),
            today=today,
            zone=zone,
            overdue=queries.open_count(actor),
            most=MOST_OF_A_DAY,
            title_of=_title,
            day_name=_day_name,
            key=feeds.key_of(actor),
        )

    @expose("/feed", methods=("POST",))
    def feed_view(self) -> Any:
        """Make the secret address anew (`do=make`), or take it back (`do=revoke`)."""
        actor: Any = present_actor()
        try:
            with unit_of_work():
                if request.form.get("do") == "revoke":
                    feeds.revoke_feed(actor, actor=actor)
                    flash(_("The address is revoked. Nothing is to be read there any more."), "success")
                else:
                    made = feeds.new_feed(actor, actor=actor)
                    if isinstance(made, Reveal):
                        flash(reveal_text(made), "once")
        except DomainError as refusal:
            refused(getattr(refusal, "permission", None))
            flash(str(refusal.message), "error")
        # Without a place within the page: the address that is shown once stands at its top.
        return redirect(url_for(".index_view"))


class DueView(_Beside):
    """What is due for the person now: a page, and the small list of the top bar."""

    verbs = frozenset({"view"})
    endpoint_verbs = {"index_view": "view"}

    def __init__(self) -> None:
        super().__init__(name=_l("Due now"), endpoint="reminder_due", url="/admin/reminder/due")

    @expose("/")
    def index_view(self) -> Any:
        """The oldest first; a script gets the lines alone."""
        most = MOST_IN_BAR if is_script() else MOST_DUE
        found = list(db.session.scalars(queries.open_for(present_actor()).limit(most + 1)))
        template = "admin/house/reminder_bar.html" if is_script() else "admin/house/reminder_due.html"
        return self.render(template, reminders=found[:most], has_more=len(found) > most)


class UnderstoodView(_Beside):
    """What the form would make of words and rules, before anything is saved."""

    verbs = frozenset({"create", "edit"})
    endpoint_verbs = {"index_view": "create or edit"}

    def __init__(self) -> None:
        super().__init__(name=_l("Understood"), endpoint="reminder_understood", url="/admin/reminder/understood")

    @expose("/")
    @limiter.limit("300 per minute")
    def index_view(self) -> Any:
        """As JSON: what `words`, or a whole `line`, mean in `zone`, and when the rule comes that the controls build.

        `moment` is the local time for the form, `told` the same in words, `passed` a chosen one that lies behind;
        `next` the coming moments, `complaint` why there are none.
        """
        args = request.args
        zone = args["zone"] if is_time_zone(args.get("zone")) else str(get_timezone())
        answer: dict[str, Any] = {}
        if line := clean_line(args.get("line"))[: quick.LONGEST_LINE]:
            subject, found = quick.taken_apart(line, _reader(zone))
            answer |= {"subject": subject, **_said(found, zone)}
        elif words := clean_line(args.get("words"))[:LONGEST_WORDS]:
            answer |= {"words": words, **_said(_reader(zone)(words), zone)}
        local = _local(answer.get("moment") or args.get("local_at", ""), zone)
        repeats = args.get("rule.every") or args.get("rule")
        if local is not None and not repeats and has_passed(local, zone):
            answer["passed"] = local.strftime("%Y-%m-%dT%H:%M")
        if "rule.every" in args and local is not None:
            answer |= _coming(args, local, zone)
        return jsonify(answer)


class QuickReminderView(_Beside):
    """One line becomes a reminder for oneself, after it was shown what it was understood as."""

    verbs = frozenset({"create"})
    endpoint_verbs = {"index_view": "create", "save": "create"}

    def __init__(self) -> None:
        super().__init__(name=_l("Quick reminder"), endpoint="reminder_quick", url="/admin/reminder/quick")

    @expose("/")
    def index_view(self) -> Any:
        """What `line` was understood as."""
        return self._page(clean_line(request.args.get("line"))[: quick.LONGEST_LINE])

    @expose("/", methods=("POST",))
    def save(self) -> Any:
        """Keep it, where the moment that was shown (`at`) is the one that is sent."""
        zone = str(get_timezone())
        line = clean_line(request.form.get("line"))[: quick.LONGEST_LINE]
        subject = clean_line(request.form.get("subject"))
        local = _local(request.form.get("at", ""), zone)
        if local is None or not subject:
            return self._page(line or subject)
        actor: Any = present_actor()
        try:
            with unit_of_work():
                made = Reminder(subject=subject[:LONGEST_WORDS], local_at=local, time_zone=zone)
                made.owner = made.recipient = getattr(actor, "_get_current_object", lambda: actor)()
                db.session.add(made)
                db.session.flush()
        except DomainError as refusal:
            refused(getattr(refusal, "permission", None))
            return self._page(line or subject, str(refusal.message))
        say_done(_("Saved: %(title)s, %(moment)s.", title=made.subject, moment=in_full(made.due_at, zone)))
        return redirect(url_for("reminder.index_view"))

    def _page(self, line: str, complaint: str = "") -> Any:
        zone = str(get_timezone())
        subject, found = quick.taken_apart(line, _reader(zone)) if line else ("", None)
        said = _said(found, zone)
        page = self.render(
            "admin/house/reminder_quick.html", line=line, subject=subject, complaint=complaint, zone=zone, **said
        )
        return page, 422 if complaint else 200


def _reader(zone: str) -> Any:
    locale, now = str(get_locale()), clock.now()
    return lambda words: reading.understood(words, zone, locale, now)


def _said(found: datetime | None, zone: str) -> dict[str, Any]:
    """A moment that was understood, for the form and for people."""
    if found is None:
        return {"moment": "", "told": ""}
    return {"moment": to_local(found, zone).strftime("%Y-%m-%dT%H:%M"), "told": in_full(found, zone)}


def _local(text: str, zone: str) -> datetime | None:
    try:
        return read_local(clean_line(text)[:LONGEST_WORDS], zone) if text else None
    except ValueError:
        return None


def _coming(args: Any, local: datetime, zone: str) -> dict[str, Any]:
    """When a rule comes next, or why it never does."""
    try:
        rule = built(typed(args, "rule"))
        coming = queries.next_moments(rule, local, zone, MOST_SHOWN) if rule else []
    except DomainError as refusal:
        return {"complaint": str(refusal.message), "next": []}
    except ValueError as error:
        return {"complaint": str(error), "next": []}
    if rule and not coming:
        return {"complaint": _("It does not come again after now."), "next": []}
    return {"rhythm": rhythm(rule), "next": [in_full(each, zone) for each in coming]}


def _title(first: date) -> str:
    return format_skeleton("yMMMM", first, locale=str(get_locale()))


def _day_name(day: date) -> str:
    """A weekday and a day of a month that is known."""
    if str(get_locale()) == SOURCE_LOCALE:
        return format_date(day, "EEEE, d MMMM")
    return format_skeleton("MMMMEEEEd", day, locale=str(get_locale()))
