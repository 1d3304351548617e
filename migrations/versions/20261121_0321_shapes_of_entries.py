"""the shapes of entries from before, so that the filter by field finds them

Moves data only, a thousand entries at a time.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "20261121_0321"
down_revision = "20261121_0320"
branch_labels = None
depends_on = None

_ENTRIES = sa.table(
    "audit_entries", sa.column("id"), sa.column("target_type"), sa.column("changes"), sa.column("shape_id")
)
_SHAPES = sa.table("audit_shapes", sa.column("id"), sa.column("kind"), sa.column("names"))


def upgrade() -> None:
    """Give every entry its shape."""
    connection, last, known = op.get_bind(), 0, set()
    while True:
        query = sa.select(_ENTRIES.c.id, _ENTRIES.c.target_type, _ENTRIES.c.changes)
        some = connection.execute(query.where(_ENTRIES.c.id > last).order_by(_ENTRIES.c.id).limit(1000)).all()
        if not some:
            return
        last = some[-1].id
        found = defaultdict(list)
        for row in some:
            found[row.target_type, ",".join(sorted(json.loads(row.changes or "{}")))].append(row.id)
        for (kind, names), ids in found.items():
            shape = int.from_bytes(hashlib.sha256(f"{kind}:{names}".encode()).digest()[:8]) >> 1
            if shape not in known:
                known.add(shape)
                connection.execute(_SHAPES.insert().values(id=shape, kind=kind, names=names))
            connection.execute(_ENTRIES.update().where(_ENTRIES.c.id.in_(ids)).values(shape_id=shape))


def downgrade() -> None:
    """Forget them."""
    op.execute("UPDATE audit_entries SET shape_id = NULL")
    op.execute("DELETE FROM audit_shapes")
