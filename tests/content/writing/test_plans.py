"""Planned, planned anew, taken back, announced when its time has come (R7-4, R7-13, E12, E13)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from base.actors import WORKER
from base.audit import AuditEntry
from base.mail_text import Composed
from base.outbox import Mail
from base.refusals import Conflict, Refused
from content.article_queries import state_of
from content.article_states import ArticleState
from content.mailing.update_mails import update_mail_composer
from content.models import Article, ArticleRevision, Publication
from content.writing.articles import EditedMeanwhile, save_update, withdraw
from content.writing.going_live import announce_due, due_publications
from content.writing.plan_rules import Decision
from content.writing.plans import back_to_draft, change_end, go_public, save_planned
from tests import make
from tests.certificates import NOW
from tests.content.newsroom import Newsroom
from tests.settings import BASE_URL, OPERATOR

SECOND = timedelta(seconds=1)
AT = NOW + timedelta(hours=2)
HIGASHI = "contact@higashi-gas.example"


class PlanningRoom(Newsroom):
    def planned(self, suppress_reason: str | None = None, **facts: str) -> Article:
        article = self.draft(**facts)
        self.plan(article, Decision(1, go_live_at=AT, suppress_reason=suppress_reason))
        return article

    def plan(self, article: Article, decision: Decision) -> Publication:
        return go_public(self.session, article, decision, by=self.by(), now=NOW)

    def anew(self, article: Article, **facts: Any) -> Decision:
        """What stands on the check sheet of a planned article, with this changed."""
        (row,) = self.publications()
        decision = Decision(article.revision, row.at, article.ends_at, row.suppress_reason, row.public_id)
        return replace(decision, **facts)

    def publications(self) -> list[Publication]:
        return list(self.session.scalars(select(Publication)))

    def job(self, at: datetime = AT) -> int:
        """One round of the worker; answers how many it announced."""
        ids = due_publications(self.session, at)
        found = [announce_due(self.session, each, by=WORKER, now=at) for each in ids]
        return sum(each is not None for each in found)

    def trail(self) -> list[str]:
        rows = self.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [row.action for row in rows if row.action.startswith("article")]


@pytest.fixture
def room(session: Session) -> PlanningRoom:
    return PlanningRoom(session)


def test_whether_to_ask_for_acknowledgement_is_decided_with_the_plan(room: PlanningRoom) -> None:
    """R9-3: from the first moment on at which readers see it; moved with the plan, and taken back with it."""
    article = room.draft()
    room.plan(article, Decision(1, go_live_at=AT, is_ack_asked=True))
    assert article.ack_asked_at == AT
    room.plan(article, room.anew(article, go_live_at=AT + SECOND, is_ack_asked=True))
    assert article.ack_asked_at == AT + SECOND
    room.plan(article, room.anew(article, is_ack_asked=False))
    assert article.ack_asked_at is None
    at_once = room.draft()
    room.plan(at_once, Decision(1, is_ack_asked=True))
    assert (at_once.ack_asked_at, at_once.published_at) == (NOW, NOW)
    asked = select(AuditEntry.subject).where(AuditEntry.action == "acknowledgement asked").order_by(AuditEntry.id)
    assert room.session.scalars(asked).all() == [article.public_id, at_once.public_id]


def test_a_plan_mails_once_when_its_time_has_come_and_never_before(room: PlanningRoom) -> None:
    """R7-13, R7-14, E13: to whoever is on the list then."""
    room.planned()
    assert room.job(AT - SECOND) == 0
    make.address(room.session, room.higashi, room.author, "late@higashi-gas.example")
    assert room.mails() == []
    assert [room.job(AT), room.job(AT), room.job(AT + SECOND)] == [1, 0, 0]
    assert sorted(room.mails()) == [(HIGASHI, "waiting"), ("late@higashi-gas.example", "waiting")]
    (row,) = room.publications()
    assert (row.at, row.announced_at, row.mail_count) == (AT, AT, 2)
    assert room.trail() == ["article drafted", "article scheduled", "article went public"]


def test_what_an_outage_swallowed_is_made_up_for(room: PlanningRoom) -> None:
    """E13: days later, with the time at which it went public."""
    article, late = room.planned(), AT + timedelta(days=2)
    assert room.job(late) == 1
    mail = room.session.scalars(select(Mail)).one()
    composed = update_mail_composer(BASE_URL, OPERATOR)(room.session, mail, late)
    assert isinstance(composed, Composed)
    assert composed.subject.endswith("(掲載)")
    assert state_of(article, late) is ArticleState.PUBLISHED


def test_a_plan_without_mails_keeps_its_reason_and_mails_nobody(room: PlanningRoom) -> None:
    """R7-13."""
    room.planned(suppress_reason="試験のため")
    assert room.job() == 1
    assert room.mails() == []
    assert [row.suppress_reason for row in room.publications()] == ["試験のため"]


def test_planning_anew_replaces_the_plan(room: PlanningRoom) -> None:
    """R7-13: later, sooner, or at once; nothing is left of what was planned before."""
    article = room.planned(suppress_reason="試験のため")
    later = AT + timedelta(hours=1)
    room.plan(article, room.anew(article, go_live_at=later, ends_at=later + SECOND))
    assert (article.published_at, article.ends_at) == (later, later + SECOND)
    assert [(row.at, row.suppress_reason) for row in room.publications()] == [(later, "試験のため")]
    assert room.job(AT) == 0
    room.plan(article, room.anew(article, go_live_at=None, ends_at=None, suppress_reason=None))
    assert (article.published_at, article.ends_at) == (NOW, None)
    assert room.mails() == [(HIGASHI, "waiting")]
    assert room.job(later) == 0


def test_back_to_a_draft_nothing_is_left_of_the_plan(room: PlanningRoom) -> None:
    """R7-13."""
    article = room.planned()
    version = room.version("taxis")
    back_to_draft(room.session, article, by=room.by(), now=NOW)
    assert state_of(article, AT) is ArticleState.DRAFT
    assert (room.publications(), room.job(AT), room.mails()) == ([], 0, [])
    assert room.version("taxis") > version
    with pytest.raises(Conflict):
        back_to_draft(room.session, article, by=room.by(), now=NOW)
    assert room.trail()[-1] == "article unscheduled"


def test_a_withdrawn_plan_never_goes_live(room: PlanningRoom) -> None:
    """F10."""
    article = room.planned()
    withdraw(room.session, article, "誤り", by=room.by(), now=NOW)
    assert state_of(article, AT) is ArticleState.WITHDRAWN
    assert (room.publications(), room.job(AT), room.mails()) == ([], 0, [])


def test_edits_of_a_planned_article_keep_its_plan(room: PlanningRoom) -> None:
    """R7-4, R7-13: a new revision, announced by its new title and only once."""
    article = room.planned(suppress_reason=None)
    text = room.text(on="johs", title="改めた件名")
    versions = [room.version("taxis"), room.version("johs")]
    save_planned(room.session, article, text, room.anew(article), by=room.by(room.second), now=NOW)
    assert (article.title, article.revision, article.published_at) == ("改めた件名", 2, AT)
    assert [(row.revision, row.title, row.at) for row in room.publications()] == [(2, "改めた件名", AT)]
    assert [room.version("taxis") > versions[0], room.version("johs") > versions[1]] == [True, True]
    assert room.job() == 1
    assert [address for address, _ in room.mails()] == [HIGASHI, "contact@nishi-gas.example"]


def once_public(room: PlanningRoom, article: Article) -> None:
    room.job(AT)


def not_yet_announced(room: PlanningRoom, article: Article) -> None:
    """Its time has come, and the job hasn't."""


@pytest.mark.parametrize("meanwhile", [once_public, not_yet_announced])
def test_what_has_gone_public_is_planned_no_more(
    room: PlanningRoom, meanwhile: Callable[[PlanningRoom, Article], None]
) -> None:
    """E13, E18: whoever opened the sheet before is told, and what he typed isn't saved."""
    article = room.planned()
    decision = room.anew(article, go_live_at=AT + timedelta(hours=3))
    meanwhile(room, article)
    with pytest.raises(Conflict):
        go_public(room.session, article, decision, by=room.by(), now=AT)
    with pytest.raises(Conflict):
        back_to_draft(room.session, article, by=room.by(), now=AT)
    with pytest.raises(EditedMeanwhile):
        save_planned(room.session, article, room.text(title="改"), decision, by=room.by(), now=AT)
    assert (article.published_at, article.revision) == (AT, 1)
    assert room.session.scalars(select(ArticleRevision.number)).all() == [1]
    assert room.job(AT) == (meanwhile is not_yet_announced)
    assert room.mails() == [(HIGASHI, "waiting")]


def test_of_two_who_plan_anew_the_second_is_told(room: PlanningRoom) -> None:
    """E18."""
    article = room.planned()
    mine = room.anew(article, go_live_at=AT + timedelta(hours=1))
    theirs = room.anew(article, go_live_at=AT + timedelta(hours=2))
    room.plan(article, mine)
    with pytest.raises(EditedMeanwhile, match="受付 良子さんが"):
        room.plan(article, theirs)
    assert article.published_at == mine.go_live_at


@pytest.mark.parametrize("is_mailed", [True, False])
def test_an_update_before_the_job_came_takes_nobody_a_mail(room: PlanningRoom, *, is_mailed: bool) -> None:
    """R7-13, R7-14, F10: the first announcement goes out unless the update's own replaces it."""
    article = room.planned()
    reason = None if is_mailed else "誤字の訂正のみ"
    text = room.text(title="改めた件名")
    save_update(room.session, article, text, revision=1, suppress_reason=reason, by=room.by(), now=AT)
    assert room.job(AT) == 0
    states = ["skipped", "waiting"] if is_mailed else ["waiting"]
    assert room.mails() == [(HIGASHI, state) for state in states]


def test_a_withdrawal_before_the_job_came_recalls_what_it_would_have_sent(room: PlanningRoom) -> None:
    """F10."""
    article = room.planned()
    withdraw(room.session, article, "誤り", by=room.by(), now=AT)
    assert (room.job(AT), room.mails()) == (0, [(HIGASHI, "skipped")])


def test_an_end_is_set_moved_and_taken_away_without_a_revision_or_a_mail(room: PlanningRoom) -> None:
    """R7-4, E12: also where it had come; the article is seen again."""
    article = room.published(suppress_reason="試験")
    for end, at, state in (
        (NOW + SECOND, NOW + SECOND, ArticleState.ENDED),
        (AT, NOW + SECOND, ArticleState.PUBLISHED),
        (None, AT, ArticleState.PUBLISHED),
    ):
        version = room.version("taxis")
        change_end(room.session, article, end, by=room.by(), now=NOW)
        assert (state_of(article, at), article.revision) == (state, 1)
        assert room.version("taxis") == version + 1
    with pytest.raises(Refused, match="より後の日時"):
        change_end(room.session, article, NOW, by=room.by(), now=NOW)
    assert room.mails() == []
    assert room.trail()[-3:] == ["article end changed"] * 3


def test_neither_drafts_nor_withdrawn_articles_have_an_end(room: PlanningRoom) -> None:
    draft, gone = room.draft(), room.published(suppress_reason="試験")
    withdraw(room.session, gone, "誤り", by=room.by(), now=NOW)
    for article in (draft, gone):
        with pytest.raises(Conflict):
            change_end(room.session, article, AT, by=room.by(), now=NOW)
