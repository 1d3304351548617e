"""What a file or folder may be called: any language, but one line, one component and the same on every computer."""

from __future__ import annotations

import re
import unicodedata

from backoffice.files.errors import NameRefused
from backoffice.foundation.i18n import _l

#: What file systems take, counted in UTF-8.
LONGEST = 255

_SEPARATORS = frozenset("/\\")
_RESERVED = frozenset('<>:"|?*')
#: Joiners that words of some languages and emoji need; every other invisible character is refused.
_JOINERS = frozenset("\u200c\u200d") | frozenset(map(chr, range(0xE0020, 0xE0080)))
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)", re.IGNORECASE)


def chosen_name(text: str) -> str:
    """The name somebody typed, trimmed and in Unicode's composed form; raises NameRefused if it breaks a rule."""
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        raise NameRefused(_l("Give it a name."))
    if not _SEPARATORS.isdisjoint(name):
        raise NameRefused(_l("A name holds no slashes."))
    if not _RESERVED.isdisjoint(name):
        raise NameRefused(_l("Leave out the characters %(characters)s.", characters=" ".join(sorted(_RESERVED))))
    if not _is_visible(name):
        raise NameRefused(_l("The name holds invisible characters. Type it anew."))
    if name.startswith("."):
        raise NameRefused(_l("A name begins with something else than a dot."))
    if name.endswith("."):
        raise NameRefused(_l("A name ends with something else than a dot."))
    if _DEVICE.match(name):
        raise NameRefused(_l("Windows keeps this name for itself. Choose another."))
    if len(name.encode()) > LONGEST:
        raise NameRefused(_l("The name is too long. Shorten it."))
    return name


def uploaded_name(text: str) -> str:
    """The name under which an upload is kept; its extension stays. Raises NameRefused where nothing sensible is left.

    Nobody types the names of twenty photographs anew, so what `chosen_name` would refuse is mended where that loses
    nothing: dots and blanks around the name go, a name of Windows gets a `_` in front, a long one is shortened.
    """
    name = unicodedata.normalize("NFC", text).strip()
    while name.startswith(".") or name.endswith("."):
        name = name.strip(".").strip()
    if _DEVICE.match(name):
        name = f"_{name}"
    return chosen_name(_shortened(name))


def extension_of(name: str) -> str:
    """What follows the last dot, in small letters; empty where there is none."""
    stem, _dot, extension = name.rpartition(".")
    return extension.lower() if stem else ""


def is_addressable(name: str) -> bool:
    """Whether something of that name, however it came into the folder, is shown and can be asked for."""
    return bool(name) and not name.startswith(".") and _SEPARATORS.isdisjoint(name) and _is_visible(name)


def _is_visible(name: str) -> bool:
    return all(
        character in _JOINERS
        or (unicodedata.category(character) not in _INVISIBLE and ord(character) & 0xFFFE != 0xFFFE)
        for character in name
    )


def _shortened(name: str) -> str:
    encoded = name.encode(errors="replace")
    if len(encoded) <= LONGEST:
        return name
    stem, dot, extension = name.rpartition(".")
    room = LONGEST - len((dot + extension).encode(errors="replace"))
    if not stem or room < 1:
        return name
    cut = stem.encode(errors="replace")[:room].decode(errors="ignore")
    return cut.rstrip(" .\u200c\u200d\ufe0f") + dot + extension
