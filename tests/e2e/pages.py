"""Every kind of page of a house with sample content, by what it is called here; a new view adds its own."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.admin.view import ManagedView
from backoffice.catalogs.po import eid_of
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.acting import new_request_id
from backoffice.foundation.database import db
from backoffice.posts.models import Post, PostStatus, Tag
from backoffice.readers import confirming
from backoffice.readers.models import ConfirmedAddress
from backoffice.records.tasks import Task, TaskState
from tests import factories
from tests.e2e.house import House

FILE = "tide-table.txt"


def inside(house: House) -> dict[str, str]:
    """Paths of the back office as the administrator meets it."""
    folder = house.folder / "instance" / "files"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text("6.40 high water\n")
    pages = {
        "dashboard": "/admin/",
        "health of moderation": "/admin/moderation/health/",
        "profile": "/auth/profile",
        "settings": "/admin/setting/",
        "last actions": "/admin/undo/",
        "background work": "/admin/jobs/",
        "files": "/admin/file/",
        "file, new name": f"/admin/file/rename/?path={FILE}",
        "file, text": f"/admin/file/edit/?path={FILE}",
        "comments, filtered": "/admin/comment/?flt_status=pending&sort=created_at&desc=0&page_size=20",
        "comments, nothing matches": "/admin/comment/?search=nosuchword",
        "desk": "/admin/moderation/",
        "desk, filtered": "/admin/moderation/?queue=rejected&search=a&author=b&kind=words&order=oldest",
        "desk, one at a time": "/admin/moderation/?one=1&order=score",
        "desk, nothing waits": "/admin/moderation/?queue=snoozed",
        "calendar of reminders": "/admin/reminder/calendar/",
        "reminders that are due": "/admin/reminder/due/",
        "reminder in one line": "/admin/reminder/quick/?line=Call+Rita+tomorrow+9:00",
        "workbench, catalog": "/admin/i18n/de/messages/",
        "workbench, string": f"/admin/i18n/de/messages/{eid_of('%(num)s byte')}?state=warnings",
        "workbench, written from right to left": f"/admin/i18n/ar/messages/{eid_of('%(num)s byte')}?state=all",
        "workbench, nothing matches": "/admin/i18n/de/messages/?q=nosuchword",
        "workbench, history": f"/admin/i18n/de/messages/{eid_of('%(num)s byte')}/history",
        "no such page": "/admin/nowhere/",
        "no such record": "/admin/post/edit/?id=999999",
    }
    with house.opened():
        factories.mail()
        waiting = factories.comment(author_name="old_crane_fan", text="The crane has not lifted a crate since 1974.").id
        pages["desk, who wrote it"] = f"/admin/moderation/author/{waiting}"
        pages["desk, the talk"] = f"/admin/moderation/thread/{waiting}"
        pages["rule, tried"] = f"/admin/rule/try/?id={factories.rule(lines='crane').id}"
        pages |= {f"task, {state.value}": f"/admin/jobs/{_task(state)}/?url=/admin/comment/" for state in TaskState}
        for view in current_app.extensions["admin"][0]._views:
            if not isinstance(view, ManagedView):
                continue
            pages[f"list of {view.endpoint}"] = f"{view.url}/"
            id = db.session.scalars(select(view.model.id).order_by(view.model.id.desc()).limit(1)).first()
            if "create" in view.verbs:
                pages[f"new {view.endpoint}"] = f"{view.url}/new/"
            if "edit" in view.verbs and id is not None:
                pages[f"edit {view.endpoint}"] = f"{view.url}/edit/?id={id}"
            if id is not None:
                pages[f"details of {view.endpoint}"] = f"{view.url}/details/?id={id}"
    return pages


def _task(state: TaskState) -> int:
    """The number of a task in this state, which left something out and which nobody carries on."""
    task = Task(
        kind="operation",
        title=f"Reject: 1,200 ({state.value})",
        actor=db.session.scalars(select(User).where(User.username == "mira")).one(),
        request_id=new_request_id(),
        given={"action": "comment.reject", "inputs": {}},
        state=state,
        total=1200,
        done=600,
        skipped=2,
        left_out=[["Rosa", "jonas was faster: Approved"], ["الميناء", "it is not here, or you may not see it"]],
        error="The disk is full." if state is TaskState.FAILED else "",
        started_at=clock.now() - timedelta(minutes=1),
        lease_until=clock.now() + timedelta(hours=1),
        lease_token="somebody else",
    )
    db.session.add(task)
    db.session.flush()
    return task.id


def outside(house: House) -> dict[str, str]:
    """Paths that visitors meet."""
    with house.opened():
        published = select(Post).where(Post.status == PostStatus.PUBLISHED)
        talked_about = db.session.scalars(published.join(Comment, Comment.post_id == Post.id).limit(1)).unique().one()
        tag = db.session.scalars(select(Tag).order_by(Tag.id).limit(1)).one()
        shown = select(Comment.id).where(Comment.post_id == talked_about.id, Comment.status == CommentStatus.APPROVED)
        said = db.session.scalars(shown.where(Comment.author_id.is_(None)).limit(1)).one()
        asking = ConfirmedAddress(email=f"{new_request_id().lower()}@example.net")
        db.session.add(asking)
        db.session.flush()
        return {
            "report of a comment": f"/comment/{said}/report",
            "mail from the moderators": f"/mail/confirm/{confirming.signed(asking, 'confirm')}",
            "no more mail": f"/mail/stop/{confirming.signed(asking, 'withdraw')}",
            "sign-in": "/auth/login",
            "front": "/blog/",
            "second page": "/blog/2",
            "post": f"/blog/post/{talked_about.id}",
            "tag": f"/blog/tag/{tag.slug}",
            "author": f"/blog/user/{talked_about.author.username}",
            "report": f"/comment/{_approved_under(talked_about)}/report",
            "no such post": "/blog/post/999999",
        }


def _approved_under(post: Post) -> int:
    query = select(Comment.id).where(Comment.post_id == post.id, Comment.status == CommentStatus.APPROVED)
    return db.session.scalars(query.limit(1)).one()
