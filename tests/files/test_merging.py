"""Two people at one text: different lines are brought together, the same are put side by side, nothing is lost."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from backoffice.accounts.models import User
from backoffice.files.merging import Clash, three_way, two_way
from tests.browser import Browser, fields_in
from tests.files.shared import SCRIPT, Shared

SignIn = Callable[[str | User], Browser]
EDIT = "/admin/file/edit/"
BASE = "one\ntwo\nthree\nfour\nfive\n"


def joined(base: str, theirs: str, mine: str) -> str:
    """The text brought together, clashes marked."""
    return "".join(
        piece if isinstance(piece, str) else f"<{piece.original}|{piece.theirs}|{piece.mine}>"
        for piece in three_way(base, theirs, mine)
    )


@pytest.mark.parametrize(
    ("theirs", "mine", "expected"),
    [
        (BASE, BASE, BASE),
        (BASE.replace("one", "ONE"), BASE.replace("five", "FIVE"), "ONE\ntwo\nthree\nfour\nFIVE\n"),
        (BASE + "six\n", "zero\n" + BASE, "zero\n" + BASE + "six\n"),
        (BASE.replace("two\n", ""), BASE.replace("four\n", "four\nmore\n"), "one\nthree\nfour\nmore\nfive\n"),
        (BASE.replace("two", "TWO"), BASE.replace("two", "TWO"), BASE.replace("two", "TWO")),
        (BASE.replace("two", "TWO"), BASE.replace("two", "zwei"), "one\n<two\n|TWO\n|zwei\n>three\nfour\nfive\n"),
        (BASE.replace("two\n", ""), BASE.replace("two", "zwei"), "one\n<two\n||zwei\n>three\nfour\nfive\n"),
        (BASE + "six\n", BASE + "seven\n", BASE + "<|six\n|seven\n>"),
        ("", BASE.replace("one", "ONE"), f"<{BASE}||{BASE.replace('one', 'ONE')}>"),
        (BASE, "", ""),
        (BASE.rstrip("\n"), BASE.replace("one", "ONE"), "ONE\ntwo\nthree\nfour\nfive"),
    ],
)
def test_what_only_one_changed_is_taken_and_what_both_changed_clashes(theirs: str, mine: str, expected: str) -> None:
    assert joined(BASE, theirs, mine) == expected


def test_whoever_chooses_one_side_everywhere_gets_what_neither_side_loses() -> None:
    """Over many edits: without clashes both orders agree, and a side that changed nothing changes nothing."""
    dice = random.Random(7)
    for _ in range(300):
        base = [f"{dice.randrange(6)}\n" for _ in range(dice.randrange(12))]
        first, second = (_edited(base, dice) for _ in range(2))
        texts = ["".join(lines) for lines in (base, first, second)]
        assert joined(texts[0], texts[1], texts[0]) == texts[1]
        assert joined(texts[0], texts[0], texts[2]) == texts[2]
        assert joined(texts[0], texts[1], texts[1]) == texts[1]
        here, there = list(three_way(*texts)), list(three_way(texts[0], texts[2], texts[1]))
        if not any(isinstance(piece, Clash) for piece in here):
            assert "".join(map(str, here)) == "".join(map(str, there))


def _edited(lines: list[str], dice: random.Random) -> list[str]:
    lines = list(lines)
    for _ in range(dice.randrange(3)):
        place = dice.randrange(len(lines) + 1)
        lines[place : place + dice.randrange(3)] = [f"new {dice.randrange(3)}\n"] * dice.randrange(3)
    return lines


def test_without_the_original_every_difference_clashes() -> None:
    pieces = list(two_way("one\ntwo\nthree\n", "one\nzwei\nthree\nfour\n"))
    assert pieces == ["one\n", Clash(2, "", "two\n", "zwei\n"), "three\n", Clash(4, "", "", "four\n")]


def test_a_long_text_full_of_the_same_lines_takes_no_long_time() -> None:
    base = "same\n" * 100_000
    started = time.monotonic()
    theirs = base.replace("same\n", "other\n", 40_000)
    list(three_way(base, theirs, "mine\n" + base + "mine\n"))
    assert time.monotonic() - started < 5


# In the browser


@pytest.fixture
def filled(shared: Shared) -> Shared:
    """A text of five lines."""
    shared.put("press/a.txt", BASE.encode())
    return shared


def opened(browser: Browser) -> dict[str, list[str]]:
    return fields_in(browser.get(EDIT, query_string={"path": "press/a.txt"}).text, holding="text")


def saved(filled: Shared) -> str:
    return (filled.root / "press/a.txt").read_text()


def test_changes_in_different_lines_are_brought_together_without_asking(filled: Shared, sign_in: SignIn) -> None:
    ed, ana = sign_in("ed"), sign_in("ana")
    first, second = opened(ed), opened(ana)
    ed.post(EDIT, data={**first, "text": BASE.replace("one", "ONE").replace("\n", "\r\n")})
    answer = ana.post(EDIT, data={**second, "text": BASE.replace("five", "FIVE").replace("\n", "\r\n")})
    assert answer.status_code == 302
    assert saved(filled) == "ONE\ntwo\nthree\nfour\nFIVE\n"
    assert "It holds what ed changed meanwhile as well." in ana.get("/admin/file/").text


def test_the_same_lines_are_put_side_by_side_with_a_choice_each(filled: Shared, sign_in: SignIn) -> None:
    ed, ana = sign_in("ed"), sign_in("ana")
    first, second = opened(ed), opened(ana)
    hers = BASE.replace("one", "ONE").replace("three", "THREE <b>")
    ed.post(EDIT, data={**first, "text": hers})
    his = BASE.replace("one", "eins").replace("three", "drei").replace("five", "fuenf")
    answer = ana.post(EDIT, data={**second, "text": his})
    assert answer.status_code == 409
    assert "You and ed changed the same lines" in answer.text
    assert "<ins>THREE &lt;b&gt;\n</ins>" in answer.text and "<del>three\n</del>" in answer.text
    form = fields_in(answer.text, holding="text")
    assert form["text"] == [his]
    assert ana.post(EDIT, data={**form, "keep.0": "theirs", "keep.1": "mine"}).status_code == 302
    assert saved(filled) == "ONE\ntwo\ndrei\nfour\nfuenf\n"
    assert filled.kept() == sorted([BASE.encode(), hers.encode()])


def test_what_is_typed_on_that_page_counts_before_the_choices(filled: Shared, sign_in: SignIn) -> None:
    ed, ana = sign_in("ed"), sign_in("ana")
    first, second = opened(ed), opened(ana)
    ed.post(EDIT, data={**first, "text": BASE.replace("one", "ONE")})
    form = fields_in(ana.post(EDIT, data={**second, "text": BASE.replace("one", "eins")}).text, holding="text")
    ana.post(EDIT, data={**form, "keep.0": "theirs", "text": "written anew\n"})
    assert saved(filled) == "written anew\n"


def test_a_third_save_meanwhile_is_brought_together_or_asked_about_again(filled: Shared, sign_in: SignIn) -> None:
    ed, ana = sign_in("ed"), sign_in("ana")
    first, second = opened(ed), opened(ana)
    ed.post(EDIT, data={**first, "text": BASE.replace("one", "ONE")})
    form = fields_in(ana.post(EDIT, data={**second, "text": BASE.replace("one", "eins")}).text, holding="text")
    ed.post(EDIT, data={**opened(ed), "text": BASE.replace("one", "Uno").replace("five", "FIVE")})
    answer = ana.post(EDIT, data=form)
    assert answer.status_code == 409
    form = fields_in(answer.text, holding="text")
    assert form["text"] == ["eins\ntwo\nthree\nfour\nFIVE\n"]
    assert ana.post(EDIT, data=form).status_code == 302
    assert saved(filled) == "eins\ntwo\nthree\nfour\nFIVE\n"


def test_a_change_on_the_disk_is_noticed_and_shown_line_by_line(filled: Shared, sign_in: SignIn) -> None:
    ana = sign_in("ana")
    form = opened(ana)
    (filled.root / "press/a.txt").write_text(BASE.replace("one", "ONE"))
    answer = ana.post(EDIT, data={**form, "text": BASE.replace("five", "FIVE")})
    assert answer.status_code == 409
    assert "The text you opened is not kept" in answer.text
    form = fields_in(answer.text, holding="text")
    ana.post(EDIT, data={**form, "keep.0": "theirs", "keep.1": "mine"})
    assert saved(filled) == "ONE\ntwo\nthree\nfour\nFIVE\n"


def test_a_script_hears_409_and_a_sentence(filled: Shared, sign_in: SignIn) -> None:
    ed, ana = sign_in("ed"), sign_in("ana")
    first, second = opened(ed), opened(ana)
    ed.post(EDIT, data={**first, "text": "hers"})
    answer = ana.post(EDIT, data={**second, "text": "his"}, headers=SCRIPT)
    assert answer.status_code == 409
    assert answer.json["refused"] == ["Somebody saved a.txt since you opened it. Compare before you save."]
    assert saved(filled) == "hers"


@pytest.mark.parametrize(
    "more",
    [
        {"base": "../../secret", "mine": "x"},
        {"base": "", "mine": "", "keep.0": "theirs", "keep.99": "theirs"},
        {"base": "x" * 10_000, "mine": "\x00"},
    ],
)
def test_a_forged_page_saves_nothing_but_what_was_typed(filled: Shared, sign_in: SignIn, more: dict[str, str]) -> None:
    ana = sign_in("ana")
    assert ana.post(EDIT, data={**opened(ana), **more, "text": "typed"}).status_code == 302
    assert saved(filled) == "typed"
