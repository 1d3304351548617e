"""The timetable: every job of the house, when it runs, in which lane, and how long a run may take.

What is not listed does not run. Times of the day are in UTC. A job is due when its rhythm says so and, where it
declares `wanted`, when there is something to do; jobs of one lane run one after the other.
"""

from __future__ import annotations

from datetime import timedelta

from backoffice.accounts.jobs import end_roles
from backoffice.comments.jobs import retrain_spam
from backoffice.files.jobs import settle_files, sweep_files
from backoffice.jobs.schedule import daily, every, planned
from backoffice.jobs.sweeping import sweep_tasks
from backoffice.languages.jobs import tell_new_texts
from backoffice.mail.jobs import send_mail, sweep_mail
from backoffice.moderation.jobs import keep_moderation_days, sweep_desk
from backoffice.notices.jobs import send_digests, sweep_notices, tell_moderators, tell_of_comments
from backoffice.posts.jobs import publish_scheduled_posts
from backoffice.subscribers.jobs import send_weekly_mail, sweep_subscribers
from backoffice.trail.jobs import empty_trash, prune_audit, seal_audit

#: How long a run of the short ones may take.
SHORT = timedelta(minutes=5)

TIMETABLE = (
    # What people wait for.
    planned(publish_scheduled_posts, every(minutes=1)),
    planned(end_roles, every(minutes=1)),
    planned(send_mail, every(seconds=10), lane="mail", longest=SHORT),
    planned(tell_of_comments, every(minutes=1), lane="notices"),
    planned(tell_moderators, every(minutes=1), lane="notices"),
    planned(send_digests, every(minutes=5), lane="notices"),
    planned(send_weekly_mail, every(minutes=5), lane="notices"),
    planned(tell_new_texts, daily("05:20")),
    # What is worked out from what people did.
    planned(seal_audit, every(seconds=2), lane="seals", longest=SHORT),
    planned(retrain_spam, every(minutes=5), lane="spam", longest=timedelta(hours=1)),
    planned(keep_moderation_days, every(minutes=10), lane="figures", longest=timedelta(hours=1)),
    # Keeping the house clean.
    planned(settle_files, every(minutes=1)),
    planned(sweep_tasks, every(minutes=10)),
    planned(sweep_files, daily("03:40")),
    planned(sweep_desk, daily("03:50")),
    planned(sweep_notices, daily("03:55")),
    planned(sweep_subscribers, daily("03:58")),
    planned(empty_trash, daily("04:10"), longest=timedelta(hours=1)),
    planned(sweep_mail, daily("04:20")),
    planned(prune_audit, daily("04:30"), longest=timedelta(hours=1)),
)
