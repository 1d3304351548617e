"""A made-up language for developers, and a walk over every page in it: nothing is left that no catalog has."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from babel.localedata import locale_identifiers
from flask import Flask, render_template_string
from pytz import all_timezones
from sqlalchemy import select

from babel import Locale
from backoffice.catalogs import po, pseudo
from backoffice.catalogs.places import DOMAINS, REFERENCES, TEMPLATE
from backoffice.catalogs.pseudo import CLOSING, OPENING
from backoffice.foundation.database import Model, db
from backoffice.foundation.i18n import LOCALES, _n, speaking
from backoffice.foundation.permissions import Can
from backoffice.mail import samples
from backoffice.registry import JOBS
from tests.browser import Browser
from tests.catalogs.spoken import Pattern, pattern_of, untold
from tests.house.every_view import VIEWS, url
from tests.house.test_crawl import content, links_of

SignIn = Callable[[str], Browser]
MOST_PAGES, MOST_OF_A_KIND = 260, 2
#: Words that are the same in every language, each with the reason.
NAMES = {
    "XLSX", "CSV", "JSON", "PDF", "TSV",  # formats
    "EN_XA", *LOCALES, *(f"{locale}:" for locale in LOCALES),  # codes of languages
    "po", "mo", ".po", ".mo", ".patch", "messages", "admin", "wtforms",  # files of catalogs
    *(f"{domain}.po" for domain in DOMAINS),
    *(can.value for can in Can), "audit.export",  # names of permissions, as commands take them
    "Werkzeug", "backoffice", "Markdown",  # programs
    "nplurals", "plural", "n",  # what gettext calls things
}  # fmt: skip


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """An application that speaks the made-up language."""
    return make_app(PSEUDO_LOCALE=True)


def test_a_text_is_longer_and_in_brackets_and_keeps_what_is_filled_in() -> None:
    for text in ("Save", "Hello %(name)s, 100%%", 'a <b class="x">y</b> &amp; {z} https://example.org/a', "%s of %d"):
        said = pseudo.pseudo(text)
        assert said[0] == OPENING and said[-1] == CLOSING and said != text
        assert len(said) >= len(text) * 1.4
        for kept in re.findall(r"%\(\w+\)s|%%|<[^>]*>|&amp;|\{z\}|https\S+|%[sd]", text):
            assert kept in said
    assert pseudo.pseudo("  ") == "  "
    assert pseudo.pseudo(" by ").startswith(f" {OPENING}") and pseudo.pseudo(" by ").endswith(f"{CLOSING} ")


def test_nobody_gets_to_see_it_unless_a_developer_asks(make_app: Callable[..., Flask]) -> None:
    visitor = make_app().test_client()
    assert visitor.get("/babel/en_XA").status_code == 404
    page = visitor.get("/auth/login?lang=en_XA").text
    assert '<html lang="en"' in page and OPENING not in page


def test_pages_scripts_forms_and_mails_speak_it(app: Flask, client: Browser) -> None:
    page = client.get("/auth/login?lang=en_XA").text
    assert '<html lang="en-XA"' in page and pseudo.pseudo("Password") in page
    assert pseudo.pseudo("Saved.")[1:5] in client.get("/babel/en_XA/words.js").get_data(as_text=True).encode().decode(
        "unicode_escape"
    )
    with app.test_request_context(), speaking("en_XA"):
        assert _n("%(num)s line", "%(num)s lines", 1200).startswith(f"{OPENING}1,200 ļ")
        assert render_template_string("{% trans %}Save{% endtrans %}") == pseudo.pseudo("Save")


def known(app: Flask) -> set[str]:
    """What people wrote, and names that are the same everywhere."""
    found = NAMES | {zone.replace("_", " ") for zone in all_timezones}
    found |= {
        str(app.config["PUBLICATION"]),
        *LOCALES.values(),
        *Locale("en").languages.values(),
        *locale_identifiers(),
    }
    found |= set(Locale("en").languages.values())
    # Names of jobs, as commands take them, and the made-up facts in letters that are shown to administrators.
    found |= {job.name for job in JOBS}
    tree = ast.parse(Path(samples.__file__).read_text(encoding="utf-8"))
    found |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    found |= {Locale(locale).display_name for locale in ("de", "fr", "es", "pt", "ar")}
    with app.app_context():
        for table in Model.metadata.sorted_tables:
            for row in db.session.execute(select(table)).all():
                found |= {line.strip() for value in row if isinstance(value, str) for line in value.split("\n")}
    return found


def of_catalogs() -> set[str]:
    """The texts that translators work on, and where they stand."""
    found = set()
    for path in (TEMPLATE, *REFERENCES.values()):
        for entry in po.parse(path.read_bytes()).entries:
            found |= {entry.id, entry.plural or "", entry.context or "", *entry.places, *entry.notes}
            found |= {place.rsplit("/", 1)[-1].split(".")[0] for place in entry.places}
    return found


def walked(app: Flask, browser: Browser) -> Iterator[tuple[str, str]]:
    """Address and page of every kind of page that a person can reach, some of each kind."""
    routes = app.url_map.bind("localhost")
    waiting = ["/", "/admin/", "/blog/", "/auth/profile"]
    waiting += [rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    seen: set[str] = set()
    kinds: Counter[str] = Counter()
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.pop(0).split("#")[0]
        kind = routes.match(address.split("?")[0])[0] if address not in seen else "static"
        if kind == "static" or "logout" in address or kinds[kind] == MOST_OF_A_KIND:
            continue
        seen.add(address)
        answer = browser.get(address)
        assert answer.status_code < 500, address
        if answer.status_code in (301, 302, 308):
            waiting.append(answer.headers["Location"].removeprefix("http://localhost"))
        elif answer.mimetype == "text/html":
            kinds[kind] += answer.status_code == 200
            yield address, answer.text
            waiting += sorted(links_of(answer.text, address) - seen)


def test_every_page_says_only_what_catalogs_have(app: Flask, sign_in: SignIn) -> None:
    content(app)
    browser = sign_in("admin")
    browser.get("/babel/en_XA")
    ordinary = pattern_of(known(app))
    translating: Pattern[str] = pattern_of(known(app) | of_catalogs())
    found, pages = [], 0
    for address, page in walked(app, browser):
        pages += 1
        # What a script asks for anew is a part of a page.
        assert '<html lang="en-XA"' in page or "<html" not in page, address
        if "/outbox/templates/" in address and "locale=" in address:
            continue  # a letter in a language that somebody chose for it
        pattern = translating if "/i18n/" in address or "/term/" in address else ordinary
        found += [f"{address}: <{tag}> {text}" for tag, text in untold(page, pattern)]
    assert pages > 120
    assert not found, "\n".join(found)


def test_every_refusal_says_only_what_catalogs_have(app: Flask, sign_in: SignIn) -> None:
    content(app)
    browser = sign_in("admin")
    browser.get("/babel/en_XA")
    ordinary, found = pattern_of(known(app)), []
    answers = [(url(view, "new/"), browser.submit(url(view, "new/"))) for view in VIEWS if "create" in view.verbs]
    answers += [
        (address, browser.get(address)) for address in ("/nowhere", "/admin/nowhere/", "/admin/post/edit/?id=0")
    ]
    answers += [(address, browser.post(address)) for address in ("/auth/logout", "/admin/post/new/", "/auth/login")]
    answers += [("/auth/login", browser.submit("/auth/login", {"username": "x", "password": "y"}))]
    for address, answer in answers:
        if answer.mimetype == "text/html":
            found += [f"{address}: <{tag}> {text}" for tag, text in untold(answer.text, ordinary)]
    assert len(answers) > 10
    assert found == []
