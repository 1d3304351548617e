"""`flask i18n`: collecting the texts, and keeping the catalogs of every language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from babel.messages import Catalog, Message
from flask import current_app

from backoffice.catalogs import checks, completeness, extraction, layers, po, reading, recording, stats, torn, upkeep
from backoffice.catalogs.places import DOMAINS, ROOT, TEMPLATE, Place, catalog_path, is_locale, locales_in
from backoffice.catalogs.reading import UnreadableCatalog
from backoffice.catalogs.updating import Policy
from backoffice.cli.groups import HouseGroup
from backoffice.foundation.acting import acting
from backoffice.foundation.errors import DomainError
from backoffice.foundation.permissions import System
from backoffice.workbench.statistics import Statistics, statistics_of, together

COMMAND = System("cli")
i18n_commands = HouseGroup("i18n", help="The languages: texts and their translations.")


def _folder() -> Path:
    return Path(current_app.config["TRANSLATIONS"])


def _catalogs(locales: Iterable[str]) -> Iterable[tuple[Path, str, str]]:
    """Path, locale and domain of every catalog of these locales, or of all."""
    folder = _folder()
    for locale in _known(locales):
        for domain in DOMAINS:
            path = catalog_path(folder, locale, domain)
            if path.exists():
                yield path, locale, domain


def _template() -> Catalog:
    try:
        return reading.read_po(TEMPLATE)[0]
    except UnreadableCatalog as error:
        raise click.ClickException(f"{_shown(TEMPLATE)}: {error}. Run `flask i18n extract` first.") from error


@contextmanager
def _writer() -> Iterator[upkeep.Write]:
    """How catalogs are written: into the trail as well, where there is one."""
    with acting(actor=COMMAND, surface="cli"):
        yield recording.write_recorded if recording.can_be_recorded() else upkeep.replace_file


def _known(locales: Iterable[str]) -> tuple[str, ...]:
    """These locales, or all that there are. Exits where one is none, or not begun."""
    begun = locales_in(_folder())
    for locale in locales:
        if not is_locale(locale):
            raise click.ClickException(f"{locale!r} is no language that Babel knows.")
        if locale not in begun:
            raise click.ClickException(f"{locale} has no catalogs yet; run `flask i18n init {locale}`.")
    return tuple(locales) or tuple(begun)


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _end(lines: list[str]) -> None:
    """Print what is wrong, if anything, and exit with 1."""
    for line in lines:
        click.echo(line, err=True)
    if lines:
        raise SystemExit(1)


@i18n_commands.command()
@click.option("--check", is_flag=True, help="Write nothing; fail when the template is not up to date.")
def extract(check: bool) -> None:
    """Collect the texts of code, templates and scripts into babel/messages.pot."""
    template = extraction.collect()
    content = extraction.template_bytes(template)
    texts = [form for message in reading.entries(template) for form in _sources(message)]
    wrong = [f"{text!r} {fault}" for text in texts for fault in checks.source_faults(text)]
    present = TEMPLATE.read_bytes() if TEMPLATE.exists() else b""
    if content == present:
        click.echo(f"{_shown(TEMPLATE)}: {len(template)} texts, nothing new.")
    elif check:
        wrong.insert(0, f"{_shown(TEMPLATE)} is not up to date; run `flask i18n extract` and `flask i18n update`.")
    else:
        upkeep.replace_file(TEMPLATE, content)
        click.echo(f"{_shown(TEMPLATE)}: {len(template)} texts, written.")
    _end(wrong)


_only = click.option("-l", "--locale", "locales", multiple=True, help="Only this language; may be given several times.")


@i18n_commands.command()
@click.argument("locales", metavar="LOCALE...", nargs=-1, required=True)
def init(locales: tuple[str, ...]) -> None:
    """Begin the catalogs of languages, for example `it` or `pt_BR`."""
    for locale in locales:
        if not is_locale(locale):
            raise click.ClickException(f"{locale!r} is no language that Babel knows; write it like it or pt_BR.")
    for locale in locales:
        with _writer() as write, _refused():
            made = upkeep.begin(_folder(), locale, _template(), write)
        if not made:
            raise click.ClickException(
                f"{locale} has its catalogs already; `flask i18n update` brings them up to date."
            )
        for path in made:
            click.echo(f"{_shown(path)}: made.")


@i18n_commands.command()
@_only
@click.option("--check", is_flag=True, help="Write nothing; fail when something would change.")
@click.option("--fuzzy/-N", "guesses", default=False, help="Guess new texts from similar ones, to be checked; or not.")
@click.option("--previous", is_flag=True, help="Keep the English text that a guess was made for.")
@click.option("--ignore-pot-creation-date", is_flag=True, hidden=True, help="Always so.")
def update(
    locales: tuple[str, ...], check: bool, guesses: bool, previous: bool, ignore_pot_creation_date: bool
) -> None:
    """Bring catalogs in line with the template; nothing is guessed, unchanged files and lines are not touched."""
    template, wrong, policy = _template(), list[str](), Policy(guesses, previous)
    with _writer() as write:
        for path, locale, domain in _catalogs(locales):
            try:
                present = reading.read_po(path, locale)[0]
                wanted = upkeep.template_for(domain, locale, template, present)
                if check:
                    changed = not upkeep.is_in_step(path, wanted, policy)
                else:
                    changed = upkeep.update(path, locale, wanted, write, policy)
            except (UnreadableCatalog, DomainError) as error:
                wrong.append(f"{_shown(path)}: {error}; mend it first.")
                continue
            if changed and check:
                wrong.append(f"{_shown(path)} is not in step with the template; run `flask i18n update`.")
            elif changed:
                click.echo(f"{_shown(path)}: updated.")
        for locale in () if check else _known(locales):
            with _refused():
                for path in upkeep.begin(_folder(), locale, template, write):
                    click.echo(f"{_shown(path)}: made.")
    _end(wrong)


@i18n_commands.command("compile")
@_only
@click.option("--check", is_flag=True, help="Write nothing; fail when a compiled file is older than its catalog.")
@click.option("--statistics", is_flag=True, help="Say how many texts of each catalog are translated.")
def compile_all(locales: tuple[str, ...], check: bool, statistics: bool) -> None:
    """Compile the catalogs that changed; what has a fault is left out, said, and shown in English."""
    wrong = []
    for path, locale, _domain in _catalogs(locales):
        if statistics:
            click.echo(_counted(path))
        if check:
            if not layers.is_fresh(path.with_suffix(".mo"), path):
                wrong.append(f"{_shown(path)} is not compiled; run `flask i18n compile`.")
            continue
        try:
            wrong += [f"{_shown(path)}: {line}" for line in upkeep.compile_catalog(path, locale)]
        except (UnreadableCatalog, DomainError) as error:
            wrong.append(f"{_shown(path)}: {error}")
    _end(wrong)


def _counted(path: Path) -> str:
    try:
        entries = po.parse(torn.content_of(path)).entries
    except po.PoFault as fault:
        return f"{_shown(path)}: {fault.in_english()}"
    done = sum(entry.is_translated for entry in entries)
    return f"{done} of {len(entries)} messages ({done * 100 // (len(entries) or 1)}%) translated in {_shown(path)}"


@i18n_commands.command()
@click.argument("locales", nargs=-1)
@click.option("--warnings", is_flag=True, help="Tell also what may be wrong; that alone is no failure.")
@click.option("--errors-only", is_flag=True, help="Do not fail for what is only not translated yet.")
@click.option("--sources", is_flag=True, help="Tell also what developers should mend in the English texts.")
def check(locales: tuple[str, ...], warnings: bool, errors_only: bool, sources: bool) -> None:
    """Say what is missing or wrong in the catalogs of these languages, or of all; exits with 1 if anything is."""
    chosen, folder = _known(locales), _folder()
    template = None if errors_only and not sources else _template()
    wrong = [line for locale in chosen for line in completeness.errors(folder, locale)]
    if template is not None and not errors_only:
        wrong += [line for locale in chosen for line in completeness.gaps(folder, locale, template)]
    if warnings:
        for line in (line for locale in chosen for line in completeness.warnings(folder, locale)):
            click.echo(f"{line} (warning)")
    if sources and template is not None:
        for line in completeness.of_sources(template, folder, chosen):
            click.echo(f"{line} (English text)")
    _end(wrong)
    click.echo(f"{'Sound' if errors_only else 'Complete'}: {', '.join(chosen) or 'no language yet'}.")


@i18n_commands.command("stats")
@click.option("--domains", is_flag=True, help="A line for each catalog.")
def show_stats(domains: bool) -> None:
    """A table of how far each language is: texts, words, and what is to be done."""
    for each in stats.progress():
        click.echo(f"{each.locale:8} {each.translated:6} of {each.total:6} {each.percent:4} %  {each.name}")
        if not recording.can_be_recorded():
            continue
        counted = statistics_of([Place(each.locale, domain) for domain in DOMAINS])
        for one in counted if domains else (together(counted, Place(each.locale)),):
            click.echo(_figures(one))


def _figures(one: Statistics) -> str:
    said = {
        "translated": one.translated,
        "to check": one.fuzzy,
        "to translate": one.untranslated,
        "failing": one.failing,
    }
    texts = ", ".join(f"{name} {amount.strings} ({amount.words} words)" for name, amount in said.items())
    rest = f"doubtful {one.warnings}, suggestions {one.suggestions}, obsolete {one.obsolete}"
    return f"  {one.place.part:16} {texts}, {rest}"


@contextmanager
def _refused() -> Iterator[None]:
    """What the domain refuses ends the command with its sentence."""
    try:
        yield
    except DomainError as error:
        raise click.ClickException(str(error)) from error


def _sources(message: Message) -> tuple[str, ...]:
    text = message.id
    return (text,) if isinstance(text, str) else tuple(text)
