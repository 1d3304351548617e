"""`flask i18n`: collecting the texts, and keeping the catalogs of every language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from babel.messages import Catalog, Message
from flask import current_app

from backoffice.catalogs import checks, completeness, extraction, layers, reading, recording, stats, upkeep
from backoffice.catalogs.places import DOMAINS, ROOT, TEMPLATE, catalog_path, is_locale, locales_in
from backoffice.catalogs.reading import UnreadableCatalog
from backoffice.cli.groups import HouseGroup
from backoffice.foundation.acting import acting
from backoffice.foundation.permissions import System

COMMAND = System("cli")
i18n_commands = HouseGroup("i18n", help="The languages: texts and their translations.")


def _folder() -> Path:
    return Path(current_app.config["TRANSLATIONS"])


def _catalogs() -> Iterable[tuple[Path, str, str]]:
    """Path, locale and domain of every catalog there is."""
    folder = _folder()
    for locale in locales_in(folder):
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


@i18n_commands.command()
@click.argument("locale")
def init(locale: str) -> None:
    """Begin the catalogs of a language, for example `it` or `pt_BR`."""
    if not is_locale(locale):
        raise click.ClickException(f"{locale!r} is no language that Babel knows; write it like it or pt_BR.")
    with _writer() as write:
        made = upkeep.begin(_folder(), locale, _template(), write)
    if not made:
        raise click.ClickException(f"{locale} has its catalogs already; `flask i18n update` brings them up to date.")
    for path in made:
        click.echo(f"{_shown(path)}: made.")


@i18n_commands.command()
def update() -> None:
    """Bring every catalog in line with the template; nothing is guessed, unchanged files are not touched."""
    template, wrong = _template(), []
    with _writer() as write:
        for path, locale, domain in _catalogs():
            try:
                present = reading.read_po(path, locale)[0]
                changed = upkeep.update(path, locale, upkeep.template_for(domain, locale, template, present), write)
            except UnreadableCatalog as error:
                wrong.append(f"{_shown(path)}: {error}; mend it first.")
                continue
            if changed:
                click.echo(f"{_shown(path)}: updated.")
        for locale in locales_in(_folder()):
            for path in upkeep.begin(_folder(), locale, template, write):
                click.echo(f"{_shown(path)}: made.")
    _end(wrong)


@i18n_commands.command("compile")
@click.option("--check", is_flag=True, help="Write nothing; fail when a compiled file is older than its catalog.")
def compile_all(check: bool) -> None:
    """Compile the catalogs that changed; what has a fault is left out, said, and shown in English."""
    wrong = []
    for path, locale, _domain in _catalogs():
        if check:
            if not layers.is_fresh(path.with_suffix(".mo"), path):
                wrong.append(f"{_shown(path)} is not compiled; run `flask i18n compile`.")
            continue
        try:
            wrong += [f"{_shown(path)}: {line}" for line in upkeep.compile_catalog(path, locale)]
        except UnreadableCatalog as error:
            wrong.append(f"{_shown(path)}: {error}")
    _end(wrong)


@i18n_commands.command()
@click.argument("locales", nargs=-1)
def check(locales: tuple[str, ...]) -> None:
    """Say what is missing or wrong in the catalogs of these languages, or of all; exits with 1 if anything is."""
    template = _template()
    chosen = locales or tuple(locales_in(_folder()))
    unknown = [locale for locale in chosen if not is_locale(locale)]
    if unknown:
        raise click.ClickException(f"{unknown[0]!r} is no language that Babel knows.")
    _end([line for locale in chosen for line in completeness.findings(_folder(), locale, template)])
    click.echo(f"Complete: {', '.join(chosen) or 'no language yet'}.")


@i18n_commands.command("stats")
def show_stats() -> None:
    """A table of how far each language is."""
    for each in stats.progress():
        click.echo(f"{each.locale:8} {each.translated:6} of {each.total:6} {each.percent:4} %  {each.name}")


def _sources(message: Message) -> tuple[str, ...]:
    text = message.id
    return (text,) if isinstance(text, str) else tuple(text)
