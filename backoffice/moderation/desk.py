"""The desk: one page where staff decide about comments all day. Its cards are real forms; scripts make it quick."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import abort, g, jsonify, make_response, request, url_for
from flask_admin import BaseView, expose
from sqlalchemy import Select, func, literal, select

from backoffice.admin.answering import answer
from backoffice.admin.guard import Guarded, refuse
from backoffice.admin.operating import Operable
from backoffice.admin.paging import Order, Page, page_of
from backoffice.admin.scope import Scoped, key_of, keys_in, versions_in
from backoffice.comments.disputes import dispute, withdraw_dispute
from backoffice.comments.measures import ban, hold, note, warn
from backoffice.comments.models import Comment
from backoffice.comments.operations import approve, delete, reject, restore, spam
from backoffice.comments.standing import standing_of
from backoffice.comments.threads import around
from backoffice.comments.writing import edit, reply
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError
from backoffice.foundation.i18n import _, _l
from backoffice.foundation.operations import Operation
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.moderation import cards, claims, queues, saved_views, stamps
from backoffice.moderation.models import SavedView
from backoffice.moderation.operations import snooze, wake
from backoffice.moderation.queues import ORDERS, QUEUES, Wanted
from backoffice.moderation.sights import Sight, told_of
from backoffice.readers.default_reasons import in_words
from backoffice.readers.reasons import last_of
from backoffice.rules.kinds import RuleKind
from backoffice.site.access import asks_along, reads_alone, uncounted
from backoffice.site.redirects import wanted as wanted_address
from backoffice.site.requests import is_script, present_actor
from backoffice.spam.scoring import weighing

#: Cards of a page, and how many a script may name in one question.
SIZE, MOST_ASKED = 20, 60
#: New ones are counted no further.
MOST_NEW = 99
#: Decisions, in the order of their buttons; then what else a card can do.
DECISIONS = (approve, reject, spam, restore)
#: What is done to the author stands beside what is known of her, and what is said of a rule beside the rule.
ELSEWHERE = (warn, hold, ban, note, dispute, withdraw_dispute)


class _Filled(Order):
    """An order by a column that is never empty in its queue, whatever the table says."""

    @property
    def nullable(self) -> bool:
        """Whether the first column may be empty."""
        return False


class DeskView(Guarded, Scoped, Operable, BaseView):
    """What waits, card by card, with everything that a decision needs."""

    model = Comment
    resource = "comment"
    icon = "desk"
    verbs = frozenset({"moderate", "delete"})
    endpoint_verbs = dict.fromkeys(
        (
            *("index_view", "cards_view", "card_view", "poll_view", "weights_view", "author_view", "thread_view"),
            *("action_view", "claim_view"),
        ),
        "moderate",
    )
    operations = (*DECISIONS, reply, edit, snooze, wake, warn, hold, ban, note, dispute, withdraw_dispute, delete)
    waiting = queues.waiting_for

    def __init__(self) -> None:
        super().__init__(name=_l("Moderation"), endpoint="moderation", url="/admin/moderation")

    def scope(self, query: Select[Any], verb: str = "moderate") -> Select[Any]:
        """Narrow a query to comments that the person may decide about, whatever is asked."""
        return super().scope(query, "moderate")

    # Looking.

    @expose("/")
    def index_view(self) -> Any:
        """The desk."""
        actor = present_actor()
        # Before anything is read: what somebody changes meanwhile counts as not seen.
        stamp, seen = stamps.present().moved, clock.now()
        views = saved_views.offered(actor)
        chosen = self._chosen(views)
        if chosen is None and not request.args and (first := saved_views.first_of(views)):
            chosen = first
        wanted = _wanted(chosen)
        one = request.args.get("one") == "1"
        size = 1 if one else SIZE
        newest = db.session.scalar(select(func.max(Comment.id))) or 0
        page = _page(wanted, request.args.get("after"), request.args.get("before"), size)
        if not page.records and ("after" in request.args or "before" in request.args):
            # Everything of this page was decided; what is left stands before it or behind it.
            page = _page(wanted, None, None, size)
        sight = Sight.of(actor, views, stamp)
        shown = self.render(
            "admin/house/desk.html",
            wanted=wanted,
            view=chosen,
            views=views,
            sight=sight,
            queues=QUEUES,
            orders=ORDERS,
            kinds=RuleKind.choices(),
            cards=cards.of(page.records, actor),
            page=page,
            place=_place(wanted, page),
            one=one,
            stamp=stamp,
            seen=f"{seen.timestamp():.6f}",
            newest=newest,
            hidden=saved_views.hidden_count(actor) if actor.id else 0,
            roles=saved_views.roles_to_share_with(actor),
            decisions=[each for each in DECISIONS if each.is_allowed(actor)],
            address=_address,
        )
        response = make_response(shown)
        response.cache_control.no_store = True
        return response

    @expose("/cards/")
    @uncounted
    def cards_view(self) -> Any:
        """More cards of a queue, for a script: their markup, and where the next ones begin."""
        wanted = _wanted(self._chosen(saved_views.offered(present_actor()) if "view" in request.args else ()))
        # Asked for before the cards are read: what comes meanwhile counts as new.
        newest = db.session.scalar(select(func.max(Comment.id))) or 0
        page = _page(wanted, request.args.get("after"), None)
        shown = set(keys_in(request.args.get("but", ""), Comment, MOST_ASKED))
        fresh = [comment for comment in page.records if comment.id not in shown]
        html = self.render("admin/house/_cards.html", cards=cards.of(fresh, present_actor()))
        return jsonify(html=html, after=page.older, place=_place(wanted, page), newest=newest)

    @expose("/card/<int:id>")
    @uncounted
    def card_view(self, id: int) -> Any:
        """One card as it is now."""
        comment = self._with_everything([id])
        if not comment:
            abort(404)
        return jsonify(html=self.render("admin/house/_cards.html", cards=cards.of(comment, present_actor())))

    @expose("/weights/<int:id>")
    @uncounted
    def weights_view(self, id: int) -> Any:
        """The words of a comment that weighed most in its spam score, for a script."""
        comment = self.one_or_404(id)
        return jsonify(words=[word for word, weight in weighing(comment.text, comment.author_name) if weight > 0])

    @expose("/author/<int:id>")
    def author_view(self, id: int) -> Any:
        """Who wrote a comment, as far as the person may know; a script takes the drawer out of the page."""
        found = self._with_everything([id])
        if not found:
            abort(404)
        actor, comment = present_actor(), found[0]
        return self.render(
            "admin/house/desk_author.html",
            is_script=is_script(),
            comment=comment,
            standing=standing_of(comment, actor),
            weights=weighing(comment.text, comment.author_name, 8),
            shows_contact=is_allowed(actor, Can.COMMENT_VIEW_CONTACT, comment),
            measures=[each for each in (note, warn, hold, ban) if each.is_allowed(actor, comment)],
            following=wanted_address("url") or url_for("moderation.index_view"),
        )

    @expose("/thread/<int:id>")
    def thread_view(self, id: int) -> Any:
        """The talk around a comment, with what can be done to each; a script takes the drawer out of the page."""
        found = self._with_everything([id])
        if not found:
            abort(404)
        talk = list(db.session.scalars(self.scope(around(found[0]))))
        return self.render(
            "admin/house/desk_thread.html",
            is_script=is_script(),
            comment=found[0],
            talk=talk,
            following=wanted_address("url") or url_for("moderation.index_view"),
        )

    @expose("/poll/")
    @uncounted
    @reads_alone
    @asks_along(**stamps.COLUMNS)
    def poll_view(self) -> Any:
        """What has changed at an open desk; 304 while nothing has, answered from one row.

        `If-None-Match` is the stamp of what the desk shows, `held` the card it claims, `ids` the cards with versions.
        """
        actor = present_actor()
        held = keys_in(request.args.get("held", ""), Comment, MOST_ASKED)
        seen = stamps.present(held, actor.id, is_alone=True, known=g.get("asked_along"))
        if seen.held_until is not None:
            now = clock.now()
            if seen.held_until < now + claims.REFRESHED:
                db.session.rollback()
                with unit_of_work():
                    claims.refresh(held, actor=actor, now=now)
        if request.headers.get("If-None-Match") == f'"{seen.moved}"':
            return "", 304
        views = saved_views.offered(actor)
        wanted = _wanted(self._chosen(views))
        known = dict(versions_in(request.args.get("ids", ""), Comment, MOST_ASKED))
        sight = Sight.of(actor, views, seen.moved)
        newest = key_of(request.args.get("newest"), Comment) or 0
        answer = {
            "counts": sight.told_counts(),
            "title": sight.title,
            "lede": sight.lede,
            "waiting": sight.waiting,
            "fresh": self._fresh(wanted, newest, actor),
            "moved": self._moved(known, actor),
            "claims": {
                str(claim.id): [claim.who, claim.is_firm]
                for claim in claims.among(known).values()
                if claim.user_id != actor.id
            },
        }
        response = jsonify(answer)
        response.headers["ETag"] = f'"{seen.moved}"'
        return response

    def _moved(self, known: dict[int, int], actor: Any) -> list[dict[str, Any]]:
        """What became of the cards that changed since; only those are read."""
        versions: Any = select(Comment.id, Comment.version).where(Comment.id.in_(known))
        present = {row.id: row.version for row in db.session.execute(self.scope(versions))} if known else {}
        changed = {id: version for id, version in known.items() if present.get(id) != version}
        return told_of(self._with_everything(list(changed)), changed, actor)

    def _fresh(self, wanted: Wanted, newest: int, actor: Any) -> int:
        """How many came into the queue since the desk looked, no further than one beyond `MOST_NEW`."""
        # What is new is read first, not what waits; of very many the latest are enough.
        latest = select(Comment.id).where(Comment.id > newest).order_by(Comment.id.desc()).limit(10 * MOST_NEW)
        some: Select[Any] = queues.within(wanted, actor).where(Comment.id.in_(latest))
        some = some.with_only_columns(literal(1), maintain_column_froms=True).limit(MOST_NEW + 1)
        return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0

    def _with_everything(self, ids: Sequence[int]) -> list[Comment]:
        if not ids:
            return []
        query = self.records().where(Comment.id.in_(ids)).options(*cards.loaded())
        return list(db.session.scalars(query.execution_options(populate_existing=True)))

    def _chosen(self, views: Sequence[SavedView]) -> SavedView | None:
        """The saved view that the address names. 403 for one that is not this person's, 404 for one that is not."""
        number = key_of(request.args.get("view"), SavedView)
        if number is None:
            return None
        for view in views:
            if view.id == number:
                return view
        if db.session.get(SavedView, number) is None:
            abort(404)
        try:
            return saved_views.find(number, present_actor())
        except DomainError as refusal:
            refuse(getattr(refusal, "permission", None))
        return None

    # Deciding.

    def hindrance(self, record: Any, seen: datetime | None) -> str | None:
        """Who decided since the card was shown, or has claimed it."""
        versions = dict(versions_in(request.form.get("versions", ""), Comment, MOST_ASKED))
        expected = versions.get(record.id)
        if expected is None and len(request.form.getlist("rowid")) < 2:
            given = request.form.get("version", "")
            expected = int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else None
        if expected is not None and record.version != expected:
            return Sight.who_decided(record)
        if expected is None and (faster := super().hindrance(record, seen)):
            return faster
        claim = claims.among([record.id]).get(record.id)
        if claim is not None:
            g.setdefault("claims_met", []).append(record.id)
        if claim is not None and claim.is_firm and claim.user_id != present_actor().id:
            return _("%(who)s has claimed it", who=claim.who)
        return None

    def unasked(self, operation: Operation) -> dict[str, Any]:
        """Rejecting without a word means the reason this person gave last."""
        last = last_of(present_actor()) if operation is reject and "last" in request.form else None
        return {"reason": last.text} if last is not None else {}

    def faster(self, id: str) -> str | None:
        """Who decided at the same moment."""
        number = key_of(id, Comment)
        found = self._with_everything([number]) if number is not None else []
        return Sight.who_decided(found[0]) if found else None

    def did(self, operation: Operation, records: Sequence[Any]) -> str | None:
        """Whoever had claimed them is done with them. A reason that nobody typed is told."""
        if met := g.get("claims_met"):
            claims.release(*(record.id for record in records if record.id in met))
        reason = records[0].reason if operation is reject and "last" in request.form else None
        return _("The reason: %(reason)s", reason=in_words(reason)) if reason else None

    @expose("/claim/", methods=("POST",))
    def claim_view(self) -> Any:
        """Look at a card, take it (`firm`), take it over (`over`) or let it go (`release`)."""
        id, actor = request.form.get("rowid"), present_actor()
        comment = self.one_or_404(id)
        said = ""
        try:
            with unit_of_work():
                if "release" in request.form:
                    claims.release(comment.id, actor=actor)
                    said = _("Let go.")
                else:
                    is_firm = "firm" in request.form
                    claims.release_looks(actor=actor, but=comment.id)
                    claims.take(comment.id, actor=actor, is_firm=is_firm, over="over" in request.form)
                    said = _("Yours for now: colleagues see that you have it.") if is_firm else ""
        except DomainError as refusal:
            return answer(str(refusal.message), refusal.status, otherwise=url_for("moderation.index_view"))
        return answer(said, 200, otherwise=url_for("moderation.index_view"))

    def offered_on(self, card: cards.Card) -> list[Operation]:
        """The operations of a card that the person may do, by name in the order of its buttons."""
        found = [each for each in self.offered_for(card.comment) if each not in ELSEWHERE]
        found = [each for each in found if each.name != "wake" or card.is_asleep]
        return [each for each in found if each.name != "snooze" or not card.is_asleep]

    @property
    def may_take_over(self) -> bool:
        """Whether the person may take what a colleague has claimed."""
        return is_allowed(present_actor(), Can.COMMENT_TAKE_OVER)


def _wanted(view: SavedView | None) -> Wanted:
    """What the address asks for; of a saved view that, with whatever the address changes."""
    return Wanted.saved(view.query, request.args) if view is not None else Wanted.read(request.args)


def _page(wanted: Wanted, after: str | None, before: str | None, size: int = SIZE) -> Page:
    query = queues.within(wanted, present_actor()).options(*cards.loaded())
    return page_of(query, _order(wanted), size, after=after, before=before)


def _place(wanted: Wanted, page: Page) -> str:
    """Where the last card of a page stands; what comes later stands beyond it."""
    return _order(wanted).place_of(page.records[-1]) if page.records else ""


def _order(wanted: Wanted) -> Order:
    if wanted.present_order == "score":
        return _Filled(Comment, (Comment.score, Comment.id), True)
    return _Filled(Comment, (getattr(Comment, wanted.queue.by), Comment.id), wanted.present_order == "newest")


def _address(wanted: Wanted, view: SavedView | None = None, **changes: Any) -> str:
    """The address of the desk showing this, with some of it changed; of a view that, and what differs from it."""
    args = wanted.args(**changes)
    if view is not None:
        own = Wanted.saved(view.query).args()
        args = {"view": str(view.id), **{name: value for name, value in args.items() if own.get(name) != value}}
    if request.args.get("lang"):
        args["lang"] = request.args["lang"]
    return f"{url_for('moderation.index_view')}?{urlencode(args or {'queue': 'pending'})}"
