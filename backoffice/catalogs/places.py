"""Where catalogs lie: ours and the overlays under `translations/`, and those that the packages ship."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import flask_admin.translations
import wtforms.i18n

from babel import Locale, UnknownLocaleError
from backoffice.foundation.i18n import Text, _l
from backoffice.foundation.permissions import has_part

ROOT = Path(__file__).resolve().parents[2]

#: Which files are read for texts, and by which method.
MAPPING = ROOT / "babel" / "babel.cfg"

#: Every text of the product in English; made by `flask i18n extract`.
TEMPLATE = ROOT / "babel" / "messages.pot"

#: Our own texts.
OURS = "messages"

#: Folders of the catalogs that packages ship; files of the same name under `translations/` lie over them.
SHIPPED: dict[str, Path] = {
    "admin": Path(flask_admin.translations.__path__[0]),
    "wtforms": Path(wtforms.i18n.messages_path()),
}

DOMAINS = (OURS, *SHIPPED)

#: For each package, a file that names all its texts.
REFERENCES: dict[str, Path] = {
    "admin": SHIPPED["admin"] / "en" / "LC_MESSAGES" / "admin.po",
    "wtforms": SHIPPED["wtforms"] / "wtforms.pot",
}


@dataclass(frozen=True)
class Place:
    """One catalog, `de` and `messages`; without a domain all catalogs of a locale. Grants reach it like a record."""

    locale: str
    domain: str = ""

    #: As records have them; see `database.Model`.
    resource: ClassVar[str] = "translation"
    singular: ClassVar[Text] = _l("Translations")

    @property
    def part(self) -> str:
        """What a grant names to reach just this: `de:messages`, or `de`."""
        return f"{self.locale}:{self.domain}" if self.domain else self.locale

    @property
    def title_text(self) -> str:
        """The same, for people."""
        return self.part

    def is_within(self, reach: str) -> bool:
        """Whether a reach of locales and domains includes all of it."""
        return has_part(reach, self.part)

    def is_owned_by(self, user_id: int) -> bool:
        """Nobody owns a catalog."""
        return False


def catalog_path(folder: Path, locale: str, domain: str) -> Path:
    """The .po file of a locale and a domain."""
    return folder / locale / "LC_MESSAGES" / f"{domain}.po"


@lru_cache(maxsize=1024)
def is_locale(name: str) -> bool:
    """Whether Babel knows the language, by the name it gives it or, as in `zh_CN`, by that without a script."""
    try:
        return name in (str(Locale.parse(name)), _without_script(name))
    except (ValueError, UnknownLocaleError, TypeError):
        return False


def _without_script(name: str) -> str | None:
    """`zh_CN` for `zh_Hans_CN`, as long as it means the same; None where there is no such name."""
    parsed = Locale.parse(name)
    short = f"{parsed.language}_{parsed.territory}"
    if parsed.script is None or parsed.territory is None or str(Locale.parse(short)) != str(parsed):
        return None
    return short


def locales_in(folder: Path) -> list[str]:
    """The locales that have a catalog of ours in this folder, in order of their codes."""
    if not folder.is_dir():
        return []
    found = (each.name for each in folder.iterdir() if (each / "LC_MESSAGES").is_dir())
    return sorted(name for name in found if is_locale(name))


def names_of(locale: str) -> list[str]:
    """The names under which a locale's catalogs may lie, the closest first: `pt_BR`, then `pt`."""
    short = _without_script(locale) if locale.count("_") == 2 else None
    return list(dict.fromkeys(name for name in (locale, short, locale.split("_", 1)[0]) if name))
