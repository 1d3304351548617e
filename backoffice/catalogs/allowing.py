"""What a manager has allowed although a check of security finds it: in a .po a flag, in a .mo a field of the header."""

from __future__ import annotations

import re
import struct
from pathlib import Path

from babel.messages import Catalog

from backoffice.catalogs import reading
from backoffice.catalogs.checks.finding import ALLOWED
from backoffice.catalogs.po import eid_of

#: In the header of a .mo: the short names of entries that have the flag `ALLOWED`.
ALLOWED_HEADER = "X-Unsafe-Allowed"


def flag_allowed(catalog: Catalog, path: Path) -> None:
    """Give entries the flag back that the header of a .mo of ours tells; see `compiling`.

    Only the header is asked, which is the first text: what stands in a translation allows nothing.
    """
    content = path.read_bytes()
    if len(content) < 28 or content[:4] != b"\xde\x12\x04\x95":
        return
    first_key, first_text = struct.unpack_from("<2I", content, 12)
    if struct.unpack_from("<I", content, first_key)[0]:
        return
    length, start = struct.unpack_from("<2I", content, first_text)
    header = content[start : start + length].decode("utf-8", "replace")
    found = re.search(rf"^{ALLOWED_HEADER}: ([0-9a-f ]+)$", header, re.MULTILINE)
    if found is None:
        return
    allowed = set(found[1].split())
    for message in reading.entries(catalog):
        if eid_of(*reading.key_of(message)) in allowed:
            message.flags.add(ALLOWED)
