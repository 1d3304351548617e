"""What staff write into the talk: replies in their own name, and corrections of what a reader wrote."""

from __future__ import annotations

from typing import Any

from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired

from backoffice.comments.forms import as_kept
from backoffice.comments.models import Comment, CommentStatus
from backoffice.comments.operations import decision, write_as_staff
from backoffice.foundation.database import db
from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import Can


class ReplyForm(InputForm):
    """What staff answer."""

    text = TextAreaField(_l("Reply"), [InputRequired(_l("Write something first.")), as_kept("text")])


class EditForm(InputForm):
    """What may be corrected in place."""

    author_name = StringField(_l("Author"), [InputRequired(_l("Give a name.")), as_kept("author_name")])
    text = TextAreaField(_l("Comment"), [InputRequired(_l("Write something first.")), as_kept("text")])

    @classmethod
    def begun(cls, record: Any) -> dict[str, Any]:
        """What stands there now."""
        return {"author_name": record.author_name, "text": record.text}


@operation(
    Comment,
    needs=Can.COMMENT_MODERATE,
    label=_l("Reply"),
    done=_l("Replied"),
    icon="reply",
    takes=ReplyForm,
    when=lambda comment: comment.status in (CommentStatus.PENDING, CommentStatus.APPROVED),
    in_lists=False,
    as_button=False,
)
def reply(comment: Comment, *, actor: Any, text: str) -> None:
    """Answer in one's own name; what still waits is approved with it."""
    if comment.status is CommentStatus.PENDING:
        for name, value in decision(CommentStatus.APPROVED, actor).items():
            setattr(comment, name, value)
    answer = Comment(post_id=comment.post_id, parent=comment, text=text)
    write_as_staff(answer, actor=actor)
    db.session.add(answer)


@operation(
    Comment,
    needs=Can.COMMENT_EDIT,
    label=_l("Edit"),
    done=_l("Changed"),
    icon="pencil",
    takes=EditForm,
    in_lists=False,
    as_button=False,
)
def edit(comment: Comment, *, actor: Any, author_name: str, text: str) -> None:
    """Correct the text or the name, where the comment stands."""
    comment.author_name, comment.text = author_name, text
