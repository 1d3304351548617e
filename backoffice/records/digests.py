"""Digests of audit entries: what makes an entry that was altered by hand tell so.

An entry is written with `digest = SHA-256(known || SHA-256(salt || values))`. `known` is who, when and what kind of
thing; `values` are the contents. Where values have to be erased the inner digest stays and the salt goes: the rest of
the entry can still be checked, and nobody can find the values by trying.

Beside it stands `mac`, the digest under a key that the database does not hold: an entry that somebody puts in by hand,
or alters before it is sealed, has none that fits.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Table, Text, case, cast, func, literal, type_coerce
from sqlalchemy.types import TypeDecorator

#: Between the parts. Only the last part of each text is free text, so no two entries have the same text.
SEPARATOR = "\x1f"
KNOWN = (
    "at",
    "actor_id",
    "surface",
    "request_id",
    "action",
    "target_type",
    "target_id",
    "effect",
    "target_version",
    "shape_id",
    "actor_name",
)
VALUES = ("changes", "exact", "target_title")
SALT_BYTES = MAC_BYTES = 16


class Written(str):
    """JSON that is a text already."""

    __slots__ = ()


class WrittenJSON(TypeDecorator[Any]):
    """JSON kept as the text that was written, byte for byte, on every database, so that a digest of it can be taken."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        """To the database: the text; None stays NULL."""
        return value if value is None or isinstance(value, Written) else json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        """From the database: what the text says."""
        return json.loads(value) if value else None


def house_key() -> bytes:
    """The key that this installation signs with."""
    return signing_key(current_app.config["SECRET_KEY"])


@lru_cache(maxsize=8)
def signing_key(secret: str | bytes) -> bytes:
    """The key for signatures, derived from a secret."""
    secret = secret.encode() if isinstance(secret, str) else secret
    return hmac.new(secret, b"backoffice audit seal", hashlib.sha256).digest()


def written(value: Any) -> Written | None:
    """A value as the column keeps it, so that it is put into words once for the digest and the database."""
    return None if value is None else Written(json.dumps(value))


def sealed(row: dict[str, Any], key: bytes) -> dict[str, Any]:
    """The row of an entry with its salt, its digest and the digest under the key."""
    salt = os.urandom(SALT_BYTES)
    made = digest(text_of(row, KNOWN), inner(salt, text_of(row, VALUES)))
    return {**row, "salt": salt, "digest": made, "mac": mac(made, key)}


def mac(written: bytes, key: bytes) -> bytes:
    """What an entry with this digest carries if the house wrote it."""
    return hashlib.blake2b(written, digest_size=MAC_BYTES, key=key, person=b"audit entry").digest()


def text_of(row: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """The parts of a row as one text, equal to what `text_in` reads from the database."""
    return SEPARATOR.join([_part(row.get(name)) for name in names])


def inner(salt: bytes, values: str) -> bytes:
    """The digest of the contents."""
    return hashlib.sha256(salt + values.encode()).digest()


def digest(known: str, values_digest: bytes) -> bytes:
    """The digest of an entry."""
    return hashlib.sha256(known.encode() + values_digest).digest()


def text_in(table: Table, names: tuple[str, ...], dialect: str) -> ColumnElement[str]:
    """The same text put together by the database, so that millions of entries can be streamed."""
    parts: list[Any] = []
    for name in names:
        parts += [_part_in(table.c[name], dialect), literal(SEPARATOR)]
    text = parts[0]
    for part in parts[1:-1]:
        text = text.concat(part)
    return text.label("_".join(names[:1]) + "_text")


def _part(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return _moment(value)
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


@lru_cache(maxsize=8)
def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _part_in(column: Any, dialect: str) -> ColumnElement[str]:
    if column.name != "at":
        return func.coalesce(cast(type_coerce(column, column.type), Text), literal("", Text))
    if dialect == "sqlite":
        # SQLite keeps a moment as this very text.
        return type_coerce(column, Text)
    utc = func.timezone("UTC", column)
    return case((column.is_(None), ""), else_=func.to_char(utc, "YYYY-MM-DD HH24:MI:SS.US"))
