"""Six digits of a telephone after the password, each once, and codes for when it is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.entering import SignIn
from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.records.audit import AuditEntry
from backoffice.records.outbox import OutboxMail
from backoffice.signing import second_factor
from backoffice.signing.models import RecoveryCode, SecondFactor
from tests import people
from tests.browser import Browser, fields_in, token_in
from tests.house.at_once import twice
from tests.signing.authenticator import Authenticator, set_clock, set_up

SignInAs = Callable[[str | User], Browser]
OURS = {"Sec-Fetch-Site": "same-origin"}


def is_in(browser: Browser) -> bool:
    return browser.get("/auth/profile").status_code == 200


def begin(app: Flask, username: str = "ed", **more: str) -> Browser:
    """A browser in which the password was right; the code is asked for."""
    browser: Browser = app.test_client()  # type: ignore[assignment]
    answer = browser.sign_in(username, people.PASSWORD, **more)
    assert answer.status_code == 200 and 'name="code"' in answer.text
    assert not is_in(browser)
    return browser


def give(browser: Browser, code: str, **more: str) -> int:
    """Type a code; the status of the answer."""
    token = token_in(browser.get("/auth/login").text)
    return browser.post("/auth/login", data={"csrf_token": token, "code": code, **more}).status_code


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets time pass, in seconds."""
    begun = clock.now()
    passed = [0.0]

    def pass_by(seconds: float) -> None:
        passed[0] += seconds
        set_clock(monkeypatch, begun + timedelta(seconds=passed[0]))

    pass_by(0)
    return pass_by


@pytest.mark.both_databases
def test_signing_in_asks_for_the_code_of_the_telephone(
    app: Flask, sign_in: SignInAs, later: Callable[[float], None]
) -> None:
    telephone, _codes = set_up(sign_in("ed"))
    browser = begin(app)
    later(30)
    assert give(browser, telephone.code()) == 302
    assert is_in(browser)


@pytest.mark.both_databases
def test_a_code_works_once(app: Flask, sign_in: SignInAs, later: Callable[[float], None]) -> None:
    telephone, _codes = set_up(sign_in("ed"))
    assert give(begin(app), telephone.code()) == 422, "it set the authenticator up already"
    later(30)
    assert give(begin(app), telephone.code()) == 302
    assert give(begin(app), telephone.code()) == 422
    assert give(begin(app), telephone.code(steps=-1)) == 422, "nor does one from before"


@pytest.mark.both_databases
@pytest.mark.parametrize("is_recovery", [False, True])
def test_a_code_that_is_typed_twice_at_the_same_moment_opens_one_browser(
    app: Flask, sign_in: SignInAs, later: Callable[[float], None], is_recovery: bool
) -> None:
    telephone, codes = set_up(sign_in("ed"))
    later(30)
    code = codes[0] if is_recovery else telephone.code()
    answers = twice(app, begin(app), "/auth/login", {"code": code})
    assert sorted(answer.status_code for answer in answers) == [302, 422]


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 302), (0, 302), (1, 302), (2, 422)])
def test_clocks_may_differ_by_half_a_minute(
    app: Flask, sign_in: SignInAs, later: Callable[[float], None], steps: int, status: int
) -> None:
    telephone, _codes = set_up(sign_in("ed"))
    later(300)
    assert give(begin(app), telephone.code(steps=steps)) == status


@pytest.mark.parametrize(
    "typed", ["", "0", "000000", "12345", "1234567", "abcdef", "\x00" * 6, "１２３４５６", "x" * 5000, "²²²²²²"]
)
def test_nothing_else_is_a_code(app: Flask, sign_in: SignInAs, typed: str) -> None:
    set_up(sign_in("ed"))
    browser = begin(app)
    assert give(browser, typed) == 422
    assert not is_in(browser)


@pytest.mark.parametrize("zero", "٠۰०"[:2])
def test_a_code_may_be_typed_with_the_digits_of_the_reader(
    app: Flask, sign_in: SignInAs, later: Callable[[float], None], zero: str
) -> None:
    telephone, _codes = set_up(sign_in("ed"))
    later(30)
    typed = "".join(chr(ord(zero) + int(digit)) for digit in telephone.code())
    assert give(begin(app), f"{typed[:3]} {typed[3:]}") == 302


@pytest.mark.both_databases
def test_a_recovery_code_stands_in_for_a_lost_telephone_once(app: Flask, sign_in: SignInAs) -> None:
    _telephone, codes = set_up(sign_in("ed"))
    browser = begin(app)
    assert give(browser, codes[3].upper().replace("-", " ")) == 302
    assert is_in(browser)
    assert "9 recovery codes are left" in browser.get("/auth/second-factor").text
    assert give(begin(app), codes[3]) == 422
    assert give(begin(app), codes[4]) == 302


def test_a_recovery_code_of_another_person_is_none(app: Flask, sign_in: SignInAs) -> None:
    _telephone, codes = set_up(sign_in("mo"))
    set_up(sign_in("ed"))
    assert give(begin(app), codes[0]) == 422


def test_new_recovery_codes_put_the_old_ones_out_of_use(app: Flask, sign_in: SignInAs) -> None:
    browser = sign_in("ed")
    _telephone, old = set_up(browser)
    page = browser.submit("/auth/second-factor/codes").text
    assert old[0] not in page
    assert give(begin(app), old[0]) == 422


def test_neither_key_nor_codes_stand_in_the_database(app: Flask, sign_in: SignInAs) -> None:
    browser = sign_in("ed")
    telephone, codes = set_up(browser)
    with app.app_context():
        factor = db.session.scalars(select(SecondFactor)).one()
        digests = db.session.scalars(select(RecoveryCode.digest)).all()
        entries = [str(entry.changes) for entry in db.session.scalars(select(AuditEntry))]
    assert telephone._otp.secret not in factor.salt
    assert not any(code in digests or code.replace("-", "") in digests for code in codes)
    assert not any(code in entry for code in codes for entry in entries)
    assert codes[0] not in browser.get("/auth/second-factor").text, "they are shown once"


def test_a_wrong_code_sets_nothing_up(app: Flask, sign_in: SignInAs) -> None:
    browser = sign_in("ed")
    telephone = Authenticator(browser.get("/auth/second-factor").text)
    wrong = f"{(int(telephone.code()) + 1) % 1000000:06}"
    answer = browser.submit("/auth/second-factor", {"code": wrong})
    assert answer.status_code == 422 and "not the code of this moment" in answer.text
    # The picture stays the same, so that nobody has to read it twice.
    assert Authenticator(answer.text)._otp.secret == telephone._otp.secret
    with app.app_context():
        assert db.session.scalar(select(SecondFactor)) is None


def test_setting_it_up_ends_sessions_elsewhere_and_tells_by_mail(app: Flask, sign_in: SignInAs) -> None:
    browser, elsewhere = sign_in("ed"), sign_in("ed")
    set_up(browser)
    assert is_in(browser) and not is_in(elsewhere)
    with app.app_context():
        assert "a second factor was set up" in db.session.scalars(select(OutboxMail.subject)).one()


@pytest.mark.both_databases
def test_many_wrong_codes_have_to_wait_and_are_told_by_mail(
    app: Flask, sign_in: SignInAs, later: Callable[[float], None]
) -> None:
    telephone, _codes = set_up(sign_in("ed"))
    later(60)
    browser = begin(app)
    for number in range(second_factor.MOST_MISSES):
        assert give(browser, f"{number:06}") == 422
    later(5)
    assert give(browser, telephone.code()) == 422, "even the right one waits"
    later(61)
    assert give(browser, telephone.code()) == 302
    with app.app_context():
        subjects = db.session.scalars(select(OutboxMail.subject)).all()
    assert sum("wrong codes" in subject for subject in subjects) == 1


def test_who_does_not_know_the_password_cannot_make_anybody_wait(app: Flask, sign_in: SignInAs) -> None:
    set_up(sign_in("ed"))
    stranger: Browser = app.test_client()  # type: ignore[assignment]
    for number in range(10):
        assert give(stranger, f"{number:06}", username="ed") == 422
    with app.app_context():
        assert db.session.scalars(select(SecondFactor.misses)).one() == 0


def test_a_password_that_was_right_is_remembered_for_ten_minutes(
    app: Flask, sign_in: SignInAs, later: Callable[[float], None]
) -> None:
    telephone, _codes = set_up(sign_in("ed"))
    browser = begin(app)
    later(601)
    assert give(browser, telephone.code()) == 422
    assert not is_in(browser)


def test_keep_me_signed_in_is_kept_over_the_code(app: Flask, sign_in: SignInAs, later: Callable[[float], None]) -> None:
    telephone, _codes = set_up(sign_in("ed"))
    browser = begin(app, remember="y")
    later(30)
    give(browser, telephone.code())
    with app.app_context():
        newest = select(SignIn).order_by(SignIn.id.desc()).limit(1)
        assert db.session.scalars(newest).one().is_lasting


def test_what_was_typed_is_kept_over_the_code(app: Flask, sign_in: SignInAs, later: Callable[[float], None]) -> None:
    telephone, _codes = set_up(sign_in("ed"))
    browser: Browser = app.test_client()  # type: ignore[assignment]
    token = browser.token()
    page = browser.post("/admin/tag/new/", data={"csrf_token": token, "name": "Ferries"}, headers=OURS)
    form = {**fields_in(page.text, holding="username"), "username": "ed", "password": people.PASSWORD}
    page = browser.post("/auth/login", data=form)
    later(30)
    form = {**fields_in(page.text, holding="code"), "code": telephone.code()}
    page = browser.post("/auth/login", data=form)
    assert fields_in(page.text, holding="name")["name"] == ["Ferries"]


def test_a_script_is_told_of_the_step(app: Flask, sign_in: SignInAs, later: Callable[[float], None]) -> None:
    telephone, _codes = set_up(sign_in("ed"))
    browser: Browser = app.test_client()  # type: ignore[assignment]
    token = token_in(browser.get("/auth/login").text)
    script = {"X-Requested-With": "fetch"}
    data = {"csrf_token": token, "username": "ed", "password": people.PASSWORD}
    assert browser.post("/auth/login", data=data, headers=script).get_json() == {"step": "code"}
    wrong = browser.post("/auth/login", data={"csrf_token": token, "code": "1"}, headers=script)
    assert wrong.status_code == 422 and "code" in wrong.get_json()["error"]
    later(30)
    answer = browser.post("/auth/login", data={"csrf_token": token, "code": telephone.code()}, headers=script)
    assert answer.get_json()["username"] == "ed"


def test_one_can_do_without_it_again(app: Flask, sign_in: SignInAs) -> None:
    browser = sign_in("ed")
    set_up(browser)
    assert browser.submit("/auth/second-factor/remove").status_code == 302
    assert is_in(sign_in("ed"))
    with app.app_context():
        assert db.session.scalar(select(RecoveryCode)) is None


# A role that demands one


def demand(app: Flask, admin: Browser, role: str = "editor", action: str = "demand_second_factor") -> None:
    from tests.factories import find_role

    with app.app_context():
        found = find_role(role)
        assert found is not None
    answer = admin.submit("/admin/role/action/", {"action": action, "rowid": str(found.id)})
    assert answer.status_code == 302


@pytest.mark.both_databases
def test_who_has_none_and_needs_one_sets_it_up_before_anything_else(app: Flask, sign_in: SignInAs) -> None:
    browser, other = sign_in("ed"), sign_in("mo")
    demand(app, sign_in("ana"))
    for address in ("/admin/post/", "/auth/profile", "/admin/"):
        answer = browser.get(address)
        assert answer.status_code == 302 and answer.headers["Location"].startswith("/auth/login"), address
    assert browser.get("/auth/login?next=/admin/post/").headers["Location"] == ("/auth/second-factor?next=/admin/post/")
    assert is_in(other)
    set_up(browser)
    assert browser.get("/admin/post/").status_code == 200
    assert browser.submit("/auth/second-factor/remove").status_code == 302
    assert "Set up on" in browser.get("/auth/second-factor").text, "nobody does without what is demanded"


def test_a_role_may_stop_demanding_it(app: Flask, sign_in: SignInAs) -> None:
    browser, admin = sign_in("ed"), sign_in("ana")
    demand(app, admin)
    assert not is_in(browser)
    demand(app, admin, action="demand_no_second_factor")
    assert is_in(browser)


def test_the_administrators_can_demand_it_of_themselves(app: Flask, sign_in: SignInAs) -> None:
    admin = sign_in("ana")
    demand(app, admin, "administrator")
    assert not is_in(admin)
    set_up(admin)
    assert admin.get("/admin/user/").status_code == 200


def test_a_link_that_sets_a_password_does_not_open_what_the_second_factor_closes(app: Flask, sign_in: SignInAs) -> None:
    from backoffice.accounts import links

    set_up(sign_in("ed"))
    with app.app_context(), unit_of_work():
        token = links.new_link(db.session.scalars(select(User).where(User.username == "ed")).one())
    browser: Browser = app.test_client()  # type: ignore[assignment]
    form = fields_in(browser.get(f"/auth/invite/{token}").text, holding="password")
    form |= {"password": "harbour wind salt", "again": "harbour wind salt"}
    assert browser.post(f"/auth/invite/{token}", data=form).status_code == 302
    assert not is_in(browser)


@pytest.mark.both_databases
def test_an_administrator_removes_it_for_who_lost_everything(app: Flask, sign_in: SignInAs) -> None:
    browser = sign_in("ed")
    set_up(browser)
    with app.app_context():
        number = db.session.scalars(select(User.id).where(User.username == "ed")).one()
    form = {"action": "remove_second_factor", "rowid": str(number)}
    assert sign_in("ana").submit("/admin/user/action/", form).status_code == 302
    assert not is_in(browser)
    assert is_in(sign_in("ed"))
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "user.remove_second_factor")).one()
        assert (entry.actor_name, entry.target_id) == ("ana", number)


def test_who_may_not_cannot_remove_it(app: Flask, sign_in: SignInAs) -> None:
    set_up(sign_in("ana"))
    with app.app_context():
        number = db.session.scalars(select(User.id).where(User.username == "ana")).one()
    form = {"action": "remove_second_factor", "rowid": str(number)}
    assert sign_in("ed").submit("/admin/user/action/", form).status_code == 403
    with app.app_context():
        assert db.session.scalar(select(SecondFactor)) is not None
