"""The timetable: every job of the house, when it runs, in which lane, and how long a run may take.

What is not listed does not run. Times of the day are in UTC. A job is due when its rhythm says so and, where it
declares `wanted`, when there is something to do; jobs of one lane run one after the other.
"""

from __future__ import annotations

from datetime import timedelta

from backoffice.accounts.jobs import end_roles
from backoffice.comments.jobs import retrain_spam
from backoffice.files.jobs import settle_files, sweep_files
from backoffice.foundation.i18n import _l
from backoffice.jobs.schedule import daily, every, planned
from backoffice.jobs.sweeping import sweep_jobs, sweep_tasks
from backoffice.languages.jobs import tell_new_texts
from backoffice.mail.jobs import send_mail, sweep_mail
from backoffice.moderation.jobs import keep_moderation_days, sweep_desk
from backoffice.notices.jobs import send_digests, sweep_notices, tell_moderators, tell_of_comments
from backoffice.posts.jobs import publish_scheduled_posts
from backoffice.reminders.jobs import follow_time_zones, send_reminders
from backoffice.subscribers.jobs import send_weekly_mail, sweep_subscribers
from backoffice.trail.jobs import empty_trash, prune_audit, seal_audit

#: How long a run may take where a quarter of an hour is not right.
SHORT, LONG = timedelta(minutes=5), timedelta(hours=1)

TIMETABLE = (
    # What people wait for.
    planned(publish_scheduled_posts, every(minutes=1), _l("Publishes scheduled posts when their moment comes")),
    planned(end_roles, every(minutes=1), _l("Takes away roles that end, and tells people before")),
    planned(send_mail, every(seconds=5), _l("Delivers the mail of the outbox"), lane="mail", longest=SHORT),
    planned(send_reminders, every(seconds=10), _l("Tells people of reminders that are due"), lane="reminders"),
    planned(tell_of_comments, every(minutes=1), _l("Tells people of comments and replies"), lane="notices"),
    planned(tell_moderators, every(minutes=1), _l("Tells moderators that comments wait"), lane="notices"),
    planned(send_digests, every(minutes=5), _l("Mails people what waits for them, at their hour"), lane="notices"),
    planned(send_weekly_mail, every(minutes=5), _l("Mails readers the posts of the week"), lane="notices"),
    planned(tell_new_texts, daily("05:20"), _l("Tells translators which texts are new")),
    # What is worked out from what people did.
    planned(seal_audit, every(seconds=2), _l("Seals new entries of the audit trail"), lane="seals", longest=SHORT),
    planned(retrain_spam, every(minutes=5), _l("Learns from decisions what is spam"), lane="spam", longest=LONG),
    planned(
        keep_moderation_days, every(minutes=10), _l("Counts what was decided each day"), lane="figures", longest=LONG
    ),
    # Keeping the house clean.
    planned(follow_time_zones, daily("02:40"), _l("Keeps the local times of reminders where clocks go by other rules")),
    planned(settle_files, every(minutes=1), _l("Finds out how changes of files ended that were cut off")),
    planned(sweep_tasks, every(minutes=10), _l("Deletes old exports and background work that was over long ago")),
    planned(sweep_jobs, every(minutes=10), _l("Forgets old runs of jobs")),
    planned(sweep_files, daily("03:40"), _l("Removes files that uploads and deletions left behind")),
    planned(sweep_desk, daily("03:50"), _l("Clears the desk of what is over")),
    planned(sweep_notices, daily("03:55"), _l("Forgets what people were told of long ago")),
    planned(sweep_subscribers, daily("03:58"), _l("Forgets addresses that nobody confirmed")),
    planned(empty_trash, daily("04:10"), _l("Deletes for good what was in the trash long enough"), longest=LONG),
    planned(sweep_mail, daily("04:20"), _l("Forgets mail that was sent long ago")),
    planned(prune_audit, daily("04:30"), _l("Removes old entries of the audit trail"), longest=LONG),
)
