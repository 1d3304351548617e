"""Learning from decisions: what is an example, when it is worth while, and what becomes of scores."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from backoffice.comments import learning, volume
from backoffice.comments.models import Comment, CommentStatus
from backoffice.comments.operations import approve, restore, spam
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import NotAllowed
from backoffice.foundation.permissions import Can, System
from backoffice.posts.models import Post
from backoffice.records.audit import AuditEntry
from backoffice.rules.models import Finding
from backoffice.spam import examples as labelled_examples
from backoffice.spam import keeping, scoring
from backoffice.spam.labelled import Labelled
from backoffice.spam.linear import LinearModel
from backoffice.spam.models import SpamExample, SpamModel
from backoffice.spam.training import Training
from tests import factories
from tests.spam.texts import OTHER_TEXT, SPAM_TEXT, examples
from tests.terminal import run

pytestmark = pytest.mark.both_databases
JOB = System("job:retrain-spam")
MODERATOR = System("mo", Can.COMMENT_MODERATE)
ADMINISTRATOR = System("ana", Can.SETTING_EDIT)
EXAMPLES = examples()


def decide_all() -> Post:
    """A comment for each example, decided by somebody; its post."""
    post, person = factories.post(published=True), factories.user(roles=["moderator"])
    for each in EXAMPLES:
        comment = factories.comment(post=post, text=each.text)
        with acting(actor=person, action="comment.spam" if each.is_spam else "comment.approve"):
            (spam if each.is_spam else approve)(comment, actor=person)
            db.session.flush()
    db.session.commit()
    return post


def bring_labelled() -> None:
    """The examples as labelled texts."""
    with unit_of_work():
        labelled_examples.add([Labelled(each.text, "", each.is_spam) for each in EXAMPLES], "test")


def given() -> dict[str, bool]:
    """What a training would learn from."""
    found = {each.example.text: each.example.is_spam for each in learning._given()}
    db.session.rollback()
    return found


def constant(value: float, auc: float = 0.5) -> Training:
    """A training whose model says the same of every text."""
    model = LinearModel({}, {}, {}, value)
    return Training(model, examples=60, spam_examples=30, auc=auc, recall=0.5, held_out=[])


def present(auc: float, model: LinearModel | None = None) -> int:
    """Let a model of this quality be the present one; its number."""
    training = constant(0.0, auc)
    if model is not None:
        training = Training(model, 60, 30, auc, 0.5, [])
    with unit_of_work():
        kept = keeping.keep(training, actor=ADMINISTRATOR)
    return kept.id


def test_without_a_model_there_is_no_score(app: Flask) -> None:
    with app.app_context():
        assert scoring.scored(SPAM_TEXT, name="Bo") is None
        assert scoring.weighing(SPAM_TEXT) == []


def test_decisions_are_learned_from(app: Flask) -> None:
    with app.app_context():
        decide_all()
        assert learning.is_worth_while()
        model = learning.retrain(actor=JOB)
        assert model is not None
        assert (model.examples, model.spam_examples, model.trained_by) == (64, 32, "job:retrain-spam")
        bad, good = scoring.scored(SPAM_TEXT), scoring.scored(OTHER_TEXT)
        assert bad is not None
        assert good is not None
        assert bad.value > 0.5 > good.value
        assert bad.model_id == good.model_id == model.id
        assert "channel" in [word for word, amount in scoring.weighing(SPAM_TEXT) if amount > 0]


def test_what_counts_is_how_a_comment_stands(app: Flask) -> None:
    with app.app_context():
        for status in CommentStatus:
            factories.comment(status=status, text=f"text {status.value}")
        taken_back = factories.comment(text="taken back")
        spam(taken_back, actor=MODERATOR)
        restore(taken_back, actor=MODERATOR)
        db.session.commit()
        assert given() == {"text approved": False, "text spam": True}


def test_what_the_staff_wrote_is_no_example(app: Flask) -> None:
    with app.app_context():
        factories.comment(status=CommentStatus.APPROVED, text="from the staff", author=factories.user())
        factories.comment(status=CommentStatus.APPROVED, text="from a reader")
        db.session.commit()
        assert set(given()) == {"from a reader"}


def test_what_a_rule_decided_is_no_example_until_a_person_decides(app: Flask) -> None:
    with app.app_context():
        made = {}
        for words, is_decisive in (("by a rule", True), ("held, then decided", False), ("decided again", True)):
            comment = factories.comment(status=CommentStatus.SPAM, text=words)
            made[words] = comment
            finding = Finding(comment_id=comment.id, rule_name="Score", kind="score", action="spam")
            finding.is_decisive = is_decisive
            db.session.add(finding)
        made["decided again"].decided_by_id = factories.user().id
        db.session.commit()
        assert set(given()) == {"held, then decided", "decided again"}


def test_volume_data_is_no_example(app: Flask) -> None:
    with app.app_context():
        with unit_of_work():
            volume.load(200, 5, actor=System("cli", *volume.NEEDS))
        factories.comment(status=CommentStatus.SPAM, text="real")
        db.session.commit()
        assert given() == {"real": True}


def test_labelled_texts_find_room_beside_any_number_of_decisions(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "MOST_TEXTS", 40)
    monkeypatch.setattr(learning, "LABELLED_ROOM", 10)
    with app.app_context():
        decide_all()
        with unit_of_work():
            labelled_examples.add([Labelled(f"labelled {n}", "", n % 2 == 0) for n in range(30)], "test")
        words = list(given())
        assert len(words) == 40
        assert [word.startswith("labelled") for word in words] == [False] * 30 + [True] * 10


def test_neither_kind_is_many_times_the_other(app: Flask) -> None:
    with app.app_context():
        post = factories.post(published=True)
        for number in range(60):
            factories.comment(post=post, status=CommentStatus.APPROVED, text=f"fine {number}")
        for number in range(12):
            factories.comment(post=post, status=CommentStatus.SPAM, text=f"buy {number}")
        db.session.commit()
        labels = list(given().values())
        assert (labels.count(True), labels.count(False)) == (12, 36)


def test_a_long_comment_is_learned_from_by_its_beginning_and_its_end(app: Flask) -> None:
    with app.app_context():
        factories.comment(status=CommentStatus.SPAM, text="begin " + "x" * 5_000 + " end")
        db.session.commit()
        (text,) = given()
        assert text.startswith("begin ")
        assert text.endswith(" end")
        assert len(text) < 1_300


def test_labelled_texts_begin_what_decisions_go_on_with(app: Flask) -> None:
    with app.app_context():
        bring_labelled()
        factories.comment(status=CommentStatus.SPAM, text="decided here")
        db.session.commit()
        assert len(given()) == 65
        assert next(iter(given())) == "decided here"


def test_a_labelled_text_is_kept_once_with_its_last_label(app: Flask) -> None:
    with app.app_context():
        bring_labelled()
        with unit_of_work():
            first = Labelled(EXAMPLES[0].text, "", not EXAMPLES[0].is_spam)
            told = labelled_examples.add([first, Labelled("new", "Bo", True)], "other")
        assert told == (1, 1)
        assert db.session.scalar(select(func.count()).select_from(SpamExample)) == 65
        assert given()[EXAMPLES[0].text] is not EXAMPLES[0].is_spam


def test_too_few_decisions_are_not_worth_while_and_teach_nothing(app: Flask) -> None:
    with app.app_context():
        factories.comment(status=CommentStatus.SPAM)
        db.session.commit()
        assert not learning.is_worth_while()
        assert learning.retrain(actor=JOB) is None
        assert keeping.last_training() is None


def test_a_second_training_waits_for_new_decisions(app: Flask) -> None:
    with app.app_context():
        post = decide_all()
        learning.retrain(actor=JOB)
        assert not learning.is_worth_while()
        for number in range(learning.LEAST_NEW):
            comment = factories.comment(post=post, text=f"another {number}")
            with acting(actor=MODERATOR, action="comment.approve"):
                approve(comment, actor=MODERATOR)
                db.session.flush()
        db.session.commit()
        assert learning.is_worth_while()


def test_a_model_that_is_clearly_worse_is_not_used(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        number = present(auc=0.99)
        bring_labelled()
        monkeypatch.setattr(learning, "trained", lambda _examples: constant(1.0, auc=0.6))
        refused = learning.retrain(actor=JOB)
        assert refused is not None
        assert refused.digest == ""
        told = scoring.scored("whatever")
        assert told is not None
        assert told.model_id == number
        last = keeping.last_training()
        assert last is not None
        assert last.id == refused.id


def test_a_better_measure_on_unseen_decisions_counts_more_than_an_old_figure(app: Flask) -> None:
    with app.app_context():
        # The present model was measured well on texts of its own, and is at a loss here.
        present(auc=1.0, model=LinearModel({"song": (1.0, 5.0)}, {}, {}, 0.0))
        decide_all()
        kept = learning.retrain(actor=JOB)
        assert kept is not None
        assert kept.digest


def test_scoring_anew_moves_neither_version_nor_dates_nor_the_trail(app: Flask) -> None:
    with app.app_context():
        bring_labelled()
        waiting, decided = factories.comment(text=SPAM_TEXT), factories.comment(status=CommentStatus.SPAM)
        before = clock.now() - timedelta(days=3)
        waiting.updated_at = before
        db.session.commit()
        version, count = waiting.version, select(func.count()).select_from(AuditEntry)
        learning.retrain(actor=JOB)
        entries = db.session.scalar(count)
        assert learning.rescore() == 1
        assert learning.rescore() == 0
        db.session.expire_all()
        assert waiting.score > 0.5
        assert (waiting.version, waiting.updated_at, decided.score) == (version, before, 0)
        assert db.session.scalar(count) == entries


def test_scoring_anew_goes_through_all_that_waits_in_slices(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "SLICE", 3)
    with app.app_context():
        present(auc=0.9, model=LinearModel({}, {}, {}, 2.0))
        post = factories.post(published=True)
        for _number in range(8):
            factories.comment(post=post)
        db.session.commit()
        assert learning.rescore() == 8
        assert db.session.scalar(select(func.count()).where(Comment.score > 0.8)) == 8
        assert learning.rescore(lambda: True) == 0


def test_a_person_who_may_not_change_the_house_does_not_train_it(app: Flask) -> None:
    with app.app_context(), pytest.raises(NotAllowed):
        learning.train_with_labelled(actor=MODERATOR)


def test_a_training_is_in_the_trail(app: Flask) -> None:
    with app.app_context():
        bring_labelled()
        with acting(actor=ADMINISTRATOR, surface="cli"):
            learning.train_with_labelled(actor=ADMINISTRATOR)
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "comment.train")).one()
        assert (entry.actor_name, entry.changes["examples"]) == ("ana", [None, 64])


def test_the_job_learns_and_scores_what_waits(app: Flask) -> None:
    with app.app_context():
        post = decide_all()
        number = factories.comment(post=post, text=SPAM_TEXT).id
        db.session.commit()
    run(app, "jobs", "run", "retrain-spam")
    with app.app_context():
        assert db.session.get_one(Comment, number).score > 0.5


def test_a_few_models_are_kept(app: Flask) -> None:
    with app.app_context():
        numbers = [present(auc=0.9) for _number in range(keeping.MODELS_KEPT + 3)]
        assert list(db.session.scalars(select(SpamModel.id).order_by(SpamModel.id))) == numbers[3:]


def test_a_damaged_model_is_passed_over_and_told_of_once(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with app.app_context():
        good, bad = present(auc=0.9), present(auc=0.9)
        with unit_of_work():
            db.session.get_one(SpamModel, bad).numbers = b"x"
        for _time in range(3):
            scoring.forget()
            told = scoring.scored("whatever")
            assert told is not None
            assert told.model_id == good
        assert [record.levelno for record in caplog.records if "damaged" in record.message] == [logging.ERROR]


def test_another_process_notices_a_new_model(app: Flask, make_app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_app()
    with app.app_context():
        present(auc=0.9)
    with other.app_context():
        first = scoring.scored("whatever")
        db.session.rollback()
    with app.app_context():
        second = present(auc=0.9)
    monkeypatch.setattr(scoring, "LOOKS_EVERY", 0.0)
    with other.app_context():
        told = scoring.scored("whatever")
    assert first is not None
    assert told is not None
    assert told.model_id == second > first.model_id


def test_scoring_asks_the_database_once_a_second_at_most(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "LOOKS_EVERY", 3600.0)
    with app.app_context():
        present(auc=0.9)
        scoring.scored("first")
        asked: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        for number in range(20):
            scoring.scored(f"text {number}")
        assert asked == []
