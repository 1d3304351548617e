"""The table of contents: every view, page, command and job. What is not listed does not exist."""

from __future__ import annotations

from typing import Any

from backoffice.accounts.admin import RoleView, UserView
from backoffice.accounts.commands import accounts_commands
from backoffice.accounts.site import accounts_pages
from backoffice.admin.menu import Section
from backoffice.admin.palette import PaletteView
from backoffice.admin.tasks import TasksView
from backoffice.admin.timetable import TimetableView
from backoffice.admin.undoing import UndoView
from backoffice.catalogs import serving
from backoffice.catalogs.commands import i18n_commands
from backoffice.catalogs.site import catalogs_pages
from backoffice.comments.admin import CommentView
from backoffice.comments.commands import comments_commands
from backoffice.comments.site import comments_pages
from backoffice.dashboard.admin import DashboardView
from backoffice.deployment.commands import check_deploy
from backoffice.files.admin import FilesView
from backoffice.foundation.i18n import _l
from backoffice.handbook.commands import docs
from backoffice.health.site import health_pages
from backoffice.imports.commands import import_commands
from backoffice.jobs.commands import jobs_commands
from backoffice.languages.admin import LanguagesView, TermView
from backoffice.languages.desk import CatalogView
from backoffice.mail.admin import MailFileView, OutboxView
from backoffice.mail.desk import LettersView, QueueView
from backoffice.mail.site import mail_pages
from backoffice.moderation.admin import HealthView, SavedViewsView
from backoffice.moderation.desk import DeskView
from backoffice.overlay.site import overlay_pages
from backoffice.people.admin import PersonalDataView
from backoffice.people.site import people_pages
from backoffice.posts.admin import PostView, TagView
from backoffice.posts.site import posts_pages
from backoffice.readers.admin import ReasonView, RestrictionView
from backoffice.readers.desk import NoteView
from backoffice.readers.site import readers_pages
from backoffice.reminders.admin import ReminderView
from backoffice.reminders.desk import DueView, QuickReminderView, ReminderCalendarView, UnderstoodView
from backoffice.reminders.site import reminders_pages
from backoffice.roles.admin import ExplainView, RolesFileView, ViewAsView
from backoffice.roles.commands import roles_commands
from backoffice.roles.desk import RoleDeskView
from backoffice.rules.admin import RuleView, TryView
from backoffice.settings.admin import SettingsView
from backoffice.signing.admin import SessionView
from backoffice.signing.commands import sign_in_commands
from backoffice.signing.site import signing_pages
from backoffice.subscribers.admin import SubscriberView
from backoffice.subscribers.site import subscribers_pages
from backoffice.timetable import TIMETABLE
from backoffice.trail.admin import AuditView, TrashView
from backoffice.trail.commands import audit_commands
from backoffice.workbench.admin import EntryDeedsView
from backoffice.workbench.desk import EntriesView

#: The catalogs pages read.
CATALOGS = serving

FRONT_PAGE = DashboardView
ADMIN_MENU = (
    Section(_l("Moderate"), DeskView, CommentView, RestrictionView, ReasonView, RuleView, TryView, NoteView),
    Section(
        _l("Publish"),
        PostView,
        TagView,
        FilesView,
        SubscriberView,
        ReminderView,
        ReminderCalendarView,
        DueView,
        QuickReminderView,
        UnderstoodView,
    ),
    Section(_l("Translate"), LanguagesView, TermView, EntriesView, EntryDeedsView, CatalogView),
    Section(
        _l("Manage"),
        UserView,
        RoleView,
        RoleDeskView,
        ExplainView,
        RolesFileView,
        ViewAsView,
        SessionView,
        AuditView,
        TrashView,
        SettingsView,
        PaletteView,
        UndoView,
        TasksView,
        TimetableView,
        OutboxView,
        MailFileView,
        QueueView,
        LettersView,
        HealthView,
        SavedViewsView,
        PersonalDataView,
    ),
)
PAGES = (
    accounts_pages,
    catalogs_pages,
    posts_pages,
    subscribers_pages,
    comments_pages,
    readers_pages,
    signing_pages,
    people_pages,
    overlay_pages,
    health_pages,
    reminders_pages,
    mail_pages,
)
API_RESOURCES: tuple[Any, ...] = ()
accounts_commands.add_command(roles_commands)
COMMANDS: tuple[Any, ...] = (
    accounts_commands,
    audit_commands,
    check_deploy,
    comments_commands,
    docs,
    i18n_commands,
    import_commands,
    jobs_commands,
    sign_in_commands,
)
JOBS = TIMETABLE
