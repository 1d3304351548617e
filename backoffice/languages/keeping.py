"""Keeping catalogs: mending the rule for plural forms, publishing, and bringing all of them up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError

from backoffice.catalogs import checks, extraction, languages, locking, po, reading, recording, splicing, upkeep
from backoffice.catalogs.layers import stamp_of
from backoffice.catalogs.places import DOMAINS, MAPPING, TEMPLATE, Place, catalog_path, locales_in
from backoffice.catalogs.po import PoFault
from backoffice.catalogs.reading import UnreadableCatalog
from backoffice.catalogs.replacing import quiet, replace_file
from backoffice.foundation.acting import acting
from backoffice.foundation.database import unit_of_work
from backoffice.foundation.errors import DomainError, NotAllowed, NotApplicable
from backoffice.foundation.i18n import _, _l, _n
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.languages import arrivals
from backoffice.languages.exchange import file_of, folder_of_catalogs
from backoffice.records import audit
from backoffice.records.tasks import Report, Task, whole_task_kind


def mend_rule(place: Place, *, actor: Any) -> None:
    """Give a catalog the rule for plural forms that its language has. Commits.

    Raises NotAllowed, NotFound, PoFault, Busy, ReadOnly, or NotApplicable where the rule is right.
    """
    _may(actor, Can.TRANSLATION_MANAGE, place)
    path = _path_of(place)
    file_of(place)
    with locking.alone(path) as lock:
        stamp = quiet(path, lock.left)
        file = file_of(place)
        if has_right_rule(file, place.locale):
            raise NotApplicable(_l("The rule for plural forms is right already."))
        forms, expression = checks.usual_rule(place.locale)
        content = splicing.with_header(file, {"Plural-Forms": f"nplurals={forms}; plural={expression};"})
        if po.parse(content).entries != file.entries or stamp_of(path) != stamp:
            raise locking.Busy(_l("Another program keeps writing this catalog. Try again."))
        recording.write_recorded(path, content)
        lock.leave(stamp_of(path))
    if not languages.language_of(place.locale).is_manual:
        upkeep.compile_catalog(path, place.locale)


def has_right_rule(file: po.PoFile, locale: str) -> bool:
    """Whether the header of a catalog chooses among plural forms as the language does."""
    forms, expression = checks.usual_rule(locale)
    if file.nplurals != forms or not file.plural:
        return False
    try:
        rule, usual = checks.plural_rule(file.plural, forms), checks.plural_rule(expression, forms)
    except checks.HeaderFault:
        return False
    return all(rule(number) == usual(number) for number in range(1001))


def publish(locale: str, *, actor: Any) -> list[str]:
    """Let pages read the catalogs of a language as they are now; what was left out, in English. Commits.

    Raises NotAllowed, or what keeps a catalog from being compiled.
    """
    places = [place for place in _places_of(locale) if may_publish(actor, place)]
    if not places:
        raise NotAllowed(permission=Can.TRANSLATION_REVIEW.value)
    left_out = []
    for path in map(_path_of, places):
        try:
            left_out += upkeep.compile_catalog(path, locale) if path.exists() else []
        except UnreadableCatalog as fault:
            why = f"{path.name}: {fault}"
            raise NotApplicable(_l("A catalog cannot be read (%(why)s). Mend it first.", why=why)) from fault
    with acting(actor=actor), unit_of_work():
        audit.note("translation.publish", title=locale, left_out=len(left_out))
    return left_out


def may_publish(actor: Any, place: Place) -> bool:
    """Whether the person reviews or manages the catalog."""
    return is_allowed(actor, Can.TRANSLATION_REVIEW, place) or is_allowed(actor, Can.TRANSLATION_MANAGE, place)


def set_up(locale: str, *, is_offered: bool, is_manual: bool, needs_review: bool, actor: Any) -> None:
    """Keep the settings of a language. One that is published by hand from now on begins with what it says now. Commits.

    Raises NotAllowed, NotFound, NotApplicable, Busy, ReadOnly, or PoFault.
    """
    if is_manual and not languages.language_of(locale).is_manual:
        _may(actor, Can.TRANSLATION_MANAGE, Place(locale))
        publish(locale, actor=actor)
    languages.set_language(locale, is_offered=is_offered, is_manual=is_manual, needs_review=needs_review, actor=actor)


def can_collect() -> bool:
    """Whether the files of the product are here, from which its texts are collected."""
    return MAPPING.exists()


@whole_task_kind("sync_texts", _l("Bring texts up to date"))
def bring_up_to_date(task: Task, report: Report) -> dict[str, Any] | None:
    """Collect the texts of the product, and bring every catalog in line with them; nothing is guessed."""
    folder = folder_of_catalogs()
    todo = [(locale, domain) for locale in locales_in(folder) for domain in DOMAINS]
    total = len(todo) + 1
    if not report(0, total):
        return None
    told = [_collected()]
    try:
        template, _problems = reading.read_po(TEMPLATE)
    except UnreadableCatalog as fault:
        return {"told": [*told, _("There is no list of texts to begin from (%(why)s).", why=str(fault))]}
    changed = 0
    for number, (locale, domain) in enumerate(todo):
        if not report(number + 1, total):
            return None
        path = catalog_path(folder, locale, domain)
        try:
            if not path.exists():
                continue
            present = reading.read_po(path, locale)[0]
            wanted = upkeep.template_for(domain, locale, template, present)
            changed += upkeep.update(path, locale, wanted, recording.write_recorded)
        except (UnreadableCatalog, PoFault, DomainError, OSError) as fault:
            told.append(f"{locale}/{domain}: {fault}")
    for locale in locales_in(folder):
        changed += len(upkeep.begin(folder, locale, template, recording.write_recorded))
    told.append(_n("%(num)s catalog changed.", "%(num)s catalogs changed.", changed))
    report(total, total)
    told.append(_new())
    return {"told": [line for line in told if line]}


def _collected() -> str:
    """Write the list of all texts anew; what came of that, in words."""
    if not can_collect():
        return _("The files of the product are not here, so the list of texts stays as it came.")
    content = extraction.template_bytes(extraction.collect())
    if TEMPLATE.exists() and TEMPLATE.read_bytes() == content:
        return _("The list of texts was up to date.")
    try:
        replace_file(TEMPLATE, content)
    except (DomainError, OSError) as fault:
        return _("The list of texts cannot be written here (%(why)s), so it stays as it came.", why=str(fault))
    return _("The list of texts was written anew.")


def _new() -> str:
    try:
        with unit_of_work():
            count = arrivals.take_in()
    except IntegrityError:
        return ""  # somebody wrote them down at this moment
    return _n("%(num)s new string.", "%(num)s new strings.", count) if count else ""


def _path_of(place: Place) -> Path:
    return catalog_path(folder_of_catalogs(), place.locale, place.domain)


def _places_of(locale: str) -> list[Place]:
    return [Place(locale, domain) for domain in DOMAINS]


def _may(actor: Any, can: Can, place: Place) -> None:
    if not is_allowed(actor, can, place):
        raise NotAllowed(permission=can.value)
