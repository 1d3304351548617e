"""What people write to hurt whoever reads it stays text: on the card, in the drawers, in forms and in messages."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys
from sqlalchemy import select

from backoffice.comments.models import Comment, CommentStatus
from backoffice.comments.operations import VISITOR, submit
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.posts.models import Post
from tests.e2e import desk, stock
from tests.e2e.screen import Screen
from tests.people import PASSWORD

pytestmark = pytest.mark.xdist_group("e2e-desk")

#: Each sets `window.hacked` if anything of it runs.
HOSTILE = (
    "<script>hacked=1</script>",
    "<SCRIPT SRC=//x.example.org/a.js></SCRIPT>",
    "</script><script>hacked=1</script>",
    "</textarea><script>hacked=1</script>",
    "</title><script>hacked=1</script>",
    "</style><script>hacked=1</script>",
    "</article></section></main><script>hacked=1</script>",
    "<img src=x onerror=hacked=1>",
    "<img src='x' onerror='hacked=1'>",
    '"><img src=x onerror=hacked=1>',
    "'><img src=x onerror=hacked=1>",
    '" autofocus onfocus=hacked=1 x="',
    "' onmouseover='hacked=1' x='",
    "<svg onload=hacked=1>",
    "<svg><script>hacked=1</script></svg>",
    "<svg><animate onbegin=hacked=1 attributeName=x dur=1s>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=hacked=1>",
    "<noscript><p title='</noscript><img src=x onerror=hacked=1>'>",
    "<template><script>hacked=1</script></template>",
    "<iframe srcdoc='<script>parent.hacked=1</script>'></iframe>",
    "<iframe src=javascript:parent.hacked=1>",
    "<object data=javascript:hacked=1>",
    "<embed src=javascript:hacked=1>",
    "<a href=javascript:hacked=1>click</a>",
    "javascript:hacked=1",
    "[click](javascript:hacked=1)",
    "data:text/html,<script>hacked=1</script>",
    'http://x.example.org/"onmouseover=hacked=1//',
    "https://x.example.org/'><script>hacked=1</script>",
    "www.x.example.org/<img src=x onerror=hacked=1>",
    "<details open ontoggle=hacked=1>",
    "<video><source onerror=hacked=1></video>",
    "<body onload=hacked=1>",
    "<input autofocus onfocus=hacked=1>",
    "<button name=action value=delete form=ticked>Approve</button>",
    "<form action=/admin/moderation/action/><input name=csrf_token>",
    "<base href=//x.example.org/>",
    "<meta http-equiv=refresh content='0;url=//x.example.org'>",
    "<link rel=stylesheet href=//x.example.org/a.css>",
    "<style>*{display:none}</style>",
    "<!--<img src='--><img src=x onerror=hacked=1>'>",
    "<![CDATA[<script>hacked=1</script>]]>",
    "&lt;script&gt;hacked=1&lt;/script&gt;",
    "&#60;script&#62;hacked=1&#60;/script&#62;",
    "{{ config }} {{ 7 * 7 }} {% raw %} {# x #}",
    "${hacked=1} `${hacked=1}` #{hacked=1} <%= 1 %>",
    "%(num)s %s {0} {name} %%",
    "__proto__ constructor toString hasOwnProperty",
    "'; DROP TABLE comments; --",
    "\u202egnp.exe\u202c is \u2066right\u2069 to left",
    "zero\u200bwidth\u200d\ufeff join\u2060ed",
    "nul\x00 and \x07 bell \x1b[31m red",
    "\ufe0f\u0301" + "Z\u0351\u036b\u0343" * 40,
    "👩‍👩‍👧‍👦 🏴‍☠️ 👍🏿 " * 20,
    "ﷺ﷽𒐫꧅ " * 30,
    "W" * 3_000,
    "<b>" * 1_000,
)
TEXTS = """
const cards = [...document.querySelectorAll("main section [data-id]")];
return Object.fromEntries(cards.map((each) => [each.dataset.id,
  [...each.querySelectorAll("[data-text], details > div")].map((part) => part.textContent).join("")]));
"""
#: Elements inside what people wrote that nobody of the house put there.
STRANGE = """
const written = document.querySelectorAll("main [data-text] *, main details > div *, [aria-labelledby=dh] p *");
const own = "mark, b, a, time, span, svg, use, bdi, input[type=hidden]";
return [...written].filter((each) => !each.matches(own)).map((each) => each.outerHTML.slice(0, 80));
"""
RAN = "return window.hacked ?? null"
SIDEWAYS = "return document.documentElement.scrollWidth - innerWidth"


def test_nothing_that_readers_write_runs_at_the_desk(gazette: Screen) -> None:
    word = stock.word()
    post = stock.post(gazette.house, word)
    written: dict[str, str] = {}
    with gazette.house.opened():
        for number, text in enumerate(HOSTILE):
            with acting(actor=VISITOR, surface="site"):
                made = submit(
                    db.session.get_one(Post, post),
                    actor=VISITOR,
                    name=text[:60],
                    email=f"hostile{number}@{word}.example.org",
                    text=text,
                    address=f"198.51.100.{number}",
                )
            made.decided_at = made.decided_by_id = None
            made.status = CommentStatus.PENDING
            written[str(made.id)] = made.text
    username = desk.moderator(gazette.house)
    gazette.is_signed_in(username, PASSWORD).goes(f"/admin/moderation/?post={post}")
    ids = []
    while left := [id for id in written if id not in ids]:
        some = [id for id in gazette.runs(TEXTS) if id not in ids]
        assert some, f"{len(left)} are not shown"
        texts = gazette.runs(TEXTS)
        assert {id: texts[id] for id in some} == {id: written[id] for id in some}
        assert gazette.runs(STRANGE) == []
        assert gazette.runs(SIDEWAYS) <= 0
        ids += some
        if next_page := gazette.all("a[rel=next]"):
            gazette.goes(str(next_page[0].get_attribute("href")).removeprefix(gazette.house.address))
    assert gazette.runs(RAN) is None


@pytest.mark.parametrize("text", [HOSTILE[number] for number in (0, 3, 9, 11, 27, 45)])
def test_a_hostile_comment_is_handled_like_any_other(gazette: Screen, text: str) -> None:
    word = stock.word()
    (id,) = desk.comments(gazette.house, word)
    with gazette.house.opened():
        comment = db.session.get_one(Comment, id)
        comment.author_name, comment.text = text, f"{text} {word}"
        finding = stock.factories.finding(comment=comment, rule_name=text)
        finding.spans = [[0, 9]]
    desk.opened(gazette, word).types("o")
    assert gazette.one("[aria-labelledby=dh] h2").text.strip() == text.strip()
    gazette.types(Keys.ESCAPE).types("p")
    gazette.waits(lambda: text in str(gazette.one("[aria-labelledby=dh] li").get_attribute("textContent")) or None)
    assert gazette.runs(STRANGE) == []
    gazette.types(Keys.ESCAPE).types("q")
    desk.has_panel(gazette, "edit")
    assert gazette.field("text").get_attribute("value") == f"{text} {word}"
    desk.leaves_panel(gazette)
    gazette.types("b")
    desk.has_panel(gazette, "ban")
    desk.leaves_panel(gazette)
    gazette.types("a")
    assert text in gazette.hears("Approved", text)
    gazette.types("z").hears("Taken back")
    assert gazette.runs(RAN) is None


def test_a_visitor_sends_a_script_and_the_moderator_reads_it(gazette: Screen) -> None:
    word = stock.word()
    post = stock.post(gazette.house, word)
    text = f"<img src=x onerror=hacked=1> {word}"
    gazette.goes(f"/blog/post/{post}").fills("name", "<b>Eve</b>").fills("email", f"{word}@example.org")
    gazette.fills("text", text)
    gazette.one("form:has([name=text]) button:not([name=url])").click()
    with gazette.house.opened():
        query = select(Comment.id).where(Comment.author_email == f"{word}@example.org")
        id = gazette.waits(lambda: db.session.scalars(query).first(), "the comment")
    desk.opened(gazette, word)
    assert gazette.runs(TEXTS) == {str(id): text}
    assert gazette.runs(STRANGE) == []
    assert gazette.runs(RAN) is None
