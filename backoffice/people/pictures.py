"""The picture beside a name: what somebody sent is never served, only what was encoded anew from its pixels."""

from __future__ import annotations

import hashlib
import io

from sqlalchemy import select

from backoffice.accounts.models import User, UserPicture
from backoffice.files import pictures
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l

#: What may be sent: formats as Pillow calls them, and bytes.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_BYTES = 5 * 1024 * 1024
#: Pixels of the longer side of what is kept.
SIDE = 256
#: Signs of the checksum that names a picture, as people meet it in the trail.
NAME_LENGTH = 16
#: Pictures of one person that are kept, so that a change can be taken back.
KEPT = 5


def put(user: User, content: bytes) -> None:
    """Make this the person's picture. Raises InvalidInput for what is no picture, or too large."""
    small = _encoded(content)
    digest = hashlib.sha256(small).hexdigest()[:NAME_LENGTH]
    mine = select(UserPicture).where(UserPicture.user_id == user.id)
    held = db.session.scalar(mine.where(UserPicture.digest == digest))
    if held is None:
        db.session.add(UserPicture(user_id=user.id, digest=digest, content=small))
    else:
        held.added_at = clock.now()
    user.picture = digest
    db.session.flush()
    for old in db.session.scalars(mine.order_by(UserPicture.added_at.desc(), UserPicture.id.desc()).offset(KEPT)):
        db.session.delete(old)


def remove(user: User) -> None:
    """Show the initials again."""
    user.picture = None


def content_of(digest: str) -> bytes | None:
    """The picture with this digest, as WebP, if somebody has it now."""
    shown = select(UserPicture.content).join(User, User.id == UserPicture.user_id)
    return db.session.scalar(shown.where(UserPicture.digest == digest, User.picture == digest).limit(1))


def _encoded(content: bytes) -> bytes:
    if not content:
        raise InvalidInput(_l("Choose a picture."), field="picture")
    if len(content) > MOST_BYTES:
        raise InvalidInput(_l("The picture is too large. Send at most 5 MB."), field="picture")
    try:
        for name in FORMATS:
            if pictures.is_picture(io.BytesIO(content), name):
                return pictures.preview(io.BytesIO(content), name, SIDE)
    except pictures.TooManyPixels:
        raise InvalidInput(_l("The picture has too many pixels. Make it smaller first."), field="picture") from None
    except pictures.NoPicture:
        pass
    raise InvalidInput(_l("That is no picture. Send a JPEG, PNG, WebP or GIF."), field="picture")
