"""Templates: none hides one of Flask-Admin's, all compile, and none opens a hole in the content policy."""

from __future__ import annotations

import re
from pathlib import Path

import flask_admin
import pytest
from flask import Flask
from jinja2 import meta

from tests.house.source import ROOT

FOLDER = ROOT / "templates"
TEMPLATES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())
PAGES = [name for name in TEMPLATES if name.endswith((".html", ".xml", ".svg"))]
#: The only texts that are markup already: the column whose model sanitises it, and what a macro made of it.
SAFE: dict[str, set[str]] = {}
#: Words of ours and numbers, which may stand in an attribute without quotation marks.
PLAIN = {"admin/house/_rows.html": {"id", "status", "name"}}

each_page = pytest.mark.parametrize("name", PAGES)


def source(name: str) -> str:
    """The text of a template without its comments."""
    return re.sub(r"\{#.*?#\}", "", (FOLDER / name).read_text(encoding="utf-8"), flags=re.S)


def test_no_template_stands_in_the_place_of_one_of_flask_admin() -> None:
    theirs = Path(flask_admin.__file__).parent / "templates"
    names = {
        path.relative_to(theirs / theme.name).as_posix() for theme in theirs.iterdir() for path in theme.rglob("*")
    }
    assert "admin/model/list.html" in names
    assert not names & set(TEMPLATES)


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_compiles_and_what_it_uses_is_there(app: Flask, name: str) -> None:
    app.jinja_env.get_template(name)
    tree = app.jinja_env.parse((FOLDER / name).read_text(encoding="utf-8"))
    for used in meta.find_referenced_templates(tree):
        if used is not None:
            app.jinja_env.get_template(used)


#: Forms that a mail program or a reader without a cookie sends; their pages are declared `token_free`.
TOKEN_FREE = {"site/mail/stop.html", "site/subscribers/_box.html"}


@each_page
def test_no_text_is_declared_safe(app: Flask, name: str) -> None:
    marked = {found.strip() for found in re.findall(r"\{\{\s*([^{}]*?)\|\s*safe\b", source(name))}
    assert marked <= SAFE.get(name, set()), f"{name} trusts {marked}"
    assert "autoescape" not in source(name)
    assert app.jinja_env.autoescape(name) if callable(app.jinja_env.autoescape) else app.jinja_env.autoescape


@each_page
def test_no_template_carries_script_or_style_in_an_attribute(name: str) -> None:
    text = source(name)
    assert not re.findall(r"<[a-zA-Z][^<>]*?\s(on[a-z]+)\s*=", text), "an inline handler"
    assert not re.findall(r"<[a-zA-Z][^<>]*?\sstyle\s*=", text), "a style attribute"
    assert "javascript:" not in text.lower()
    # Mail has no policy that a nonce would speak to, and no scripts.
    tags = r"<script\b[^>]*>" if name.startswith("mail/") else r"<(?:script|style)\b[^>]*>"
    for tag in re.findall(tags, text):
        assert "csp_nonce()" in tag, f"{tag} has no nonce"


@each_page
def test_what_people_typed_stands_in_quotation_marks(name: str) -> None:
    unquoted = {found.strip() for found in re.findall(r"\s[\w:-]+=\{\{(.*?)\}\}", source(name))}
    assert unquoted <= PLAIN.get(name, set()), f"{name} writes {unquoted} into an attribute without quotation marks"


@each_page
def test_every_form_that_changes_something_carries_the_token(name: str) -> None:
    forms = re.findall(r"<form\b[^>]*>.*?</form>", source(name), flags=re.S)
    for form in forms:
        if re.match(r"<form\b[^>]*method=\"?post", form, flags=re.I) and name not in TOKEN_FREE:
            assert "csrf_token" in form, f"{name}: {form[:120]}"


@each_page
def test_no_form_hides_its_own_address_or_reset(name: str) -> None:
    hidden = re.findall(r'<input[^>]*type="?hidden"?[^>]*name="?(action|submit|reset|method)\b', source(name))
    assert not hidden, f"{name}: a hidden field called {hidden} covers a property of its form"
