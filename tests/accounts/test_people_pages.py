"""In the profile: a picture that was encoded anew, switches for mail; the page of a person tells facts."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from backoffice.accounts.models import User, UserPicture
from backoffice.accounts.notices import Notice, wants
from backoffice.foundation.database import db, unit_of_work
from backoffice.people import pictures
from backoffice.records.audit import AuditEntry
from tests import factories, people
from tests.browser import Browser

SignIn = Callable[[str | User], Browser]
#: What comes after the pixels of a picture and has no place in ours.
HIDDEN = b"<script>alert(1)</script>"


def drawn(kind: str = "PNG", colour: str = "teal", size: tuple[int, int] = (600, 300)) -> bytes:
    """A picture as somebody sends it, with more in it than pixels."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, comment=HIDDEN)
    return out.getvalue() + HIDDEN


def send(browser: Browser, content: bytes, name: str = "me.png") -> str:
    """The profile after a picture was sent."""
    form = {"picture": (io.BytesIO(content), name)}
    return browser.submit("/auth/profile/picture", form, content_type="multipart/form-data", follow_redirects=True).text


def of(app: Flask, username: str) -> User:
    with app.app_context():
        return db.session.scalars(select(User).where(User.username == username)).one()


@pytest.mark.both_databases
def test_a_picture_is_shown_beside_the_name(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    page = send(browser, drawn())
    digest = of(app, "ana").picture
    assert digest and f"/auth/picture/{digest}.webp" in page
    assert f"/auth/picture/{digest}.webp" in browser.get("/admin/").text
    answer = browser.get(f"/auth/picture/{digest}.webp")
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert "immutable" in answer.headers["Cache-Control"] and "private" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(answer.data)).size == (256, 128)


@pytest.mark.parametrize("kind", pictures.FORMATS)
def test_what_is_served_was_encoded_anew(app: Flask, sign_in: SignIn, kind: str) -> None:
    browser = sign_in("ana")
    send(browser, drawn(kind))
    answer = browser.get(f"/auth/picture/{of(app, 'ana').picture}.webp")
    assert answer.status_code == 200
    assert HIDDEN not in answer.data


BAD = {
    "nothing": b"",
    "text": b"no picture at all",
    "page": b"<html><script>alert(1)</script></html>",
    "vector": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "half": drawn()[:60],
    "large": b"\x89PNG" + b"x" * (pictures.MOST_BYTES + 10),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_picture_is_refused_in_words(app: Flask, sign_in: SignIn, name: str) -> None:
    page = send(sign_in("ana"), BAD[name])
    assert any(said in page for said in ("That is no picture", "Choose a picture", "too large"))
    assert of(app, "ana").picture is None


def test_a_picture_with_too_many_pixels_is_refused(app: Flask, sign_in: SignIn) -> None:
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    assert "too many pixels" in send(sign_in("ana"), out.getvalue())


def test_the_initials_come_back_and_the_picture_is_gone(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    send(browser, drawn())
    digest = of(app, "ana").picture
    browser.submit("/auth/profile/picture", {"remove": "1"})
    assert of(app, "ana").picture is None
    assert browser.get(f"/auth/picture/{digest}.webp").status_code == 404


@pytest.mark.both_databases
def test_a_change_of_the_picture_can_be_taken_back(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    send(browser, drawn(colour="red"))
    first = of(app, "ana").picture
    send(browser, drawn(colour="blue"))
    with app.app_context():
        batch = db.session.scalars(select(AuditEntry.request_id).order_by(AuditEntry.id.desc()).limit(1)).one()
    browser.submit("/admin/undo/back/", {"batch": batch, "url": "/admin/"})
    assert of(app, "ana").picture == first
    assert browser.get(f"/auth/picture/{first}.webp").status_code == 200


def test_only_the_last_few_pictures_are_kept(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    for number in range(pictures.KEPT + 3):
        send(browser, drawn(colour=f"rgb({number * 20},0,0)"))
    with app.app_context():
        assert db.session.query(UserPicture).count() == pictures.KEPT


@pytest.mark.parametrize("digest", ["0" * 16, "0" * 64, "x", "..%2f..%2fetc", "0" * 15 + "%00"])
def test_an_address_of_no_picture_leads_nowhere(app: Flask, sign_in: SignIn, digest: str) -> None:
    assert sign_in("nobody").get(f"/auth/picture/{digest}.webp").status_code == 404


def test_strangers_see_no_pictures(app: Flask, sign_in: SignIn, client: Browser) -> None:
    send(sign_in("ana"), drawn())
    assert client.get(f"/auth/picture/{of(app, 'ana').picture}.webp").status_code in (302, 401)


@pytest.mark.both_databases
def test_mail_is_switched_off_and_on_kind_by_kind(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("nobody")
    browser.submit("/auth/profile/mail", {"notice": ["roles", "no such kind"]})
    person = of(app, "nobody")
    assert [notice for notice in Notice if wants(person, notice)] == [Notice.ROLES]
    assert 'value="roles" checked' in browser.get("/auth/profile").text
    browser.submit("/auth/profile/mail", {"notice": [notice.value for notice in Notice if notice.begins_on]})
    assert of(app, "nobody").unwanted is None


def test_the_page_of_a_person_tells_what_belongs_to_her(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        person = factories.user(roles=["author"])
        factories.post(author=person)
        factories.post(author=person, published=True)
        factories.comment(author=person, post=factories.post(published=True))
    page = sign_in("ana").get(f"/admin/user/details/?id={person.id}").text
    assert "What belongs to this person" in page
    assert "1 draft" in page
    assert "never" in page


def test_what_would_be_refused_is_not_offered(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        own, other = people.person("ana").id, people.person("mo").id
    rows = dict(row.split(">", 1) for row in browser.get("/admin/user/").text.split("<tr data-id=")[1:])
    assert "value=deactivate" not in rows[str(own)]
    assert "value=deactivate" in rows[str(other)]
    assert 'value="remove_second_factor"' not in browser.get(f"/admin/user/details/?id={other}").text
