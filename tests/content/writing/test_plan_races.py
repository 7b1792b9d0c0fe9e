"""The job that announces what has gone public, against editors, other workers and its own death; on each database."""

import os
import re
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from base.actors import WORKER, Actor
from base.db import transaction
from base.outbox import Mail
from base.refusals import Conflict
from content.models import Article, Publication
from content.writing.going_live import announce_due, due_publications
from content.writing.plan_rules import Decision
from content.writing.plans import go_public
from tests.certificates import NOW
from tests.content.newsroom import Newsroom
from tests.content.reading.test_reading_lists import plan_of
from tests.content.writing.test_publishing_races import all_at_once, locked, written

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "3"))
AT = NOW + timedelta(hours=2)
LATER = AT + timedelta(hours=1)


class Killed(Exception):
    pass


def planned(engine: Engine) -> tuple[Actor, str, Publication]:
    by, (public_id,) = written(engine)
    return by, public_id, plan(engine, by, public_id)


def plan(engine: Engine, by: Actor, public_id: str) -> Publication:
    with transaction(Session(engine, expire_on_commit=False)) as session:
        return go_public(session, locked(session, public_id), Decision(1, go_live_at=AT), by=by, now=NOW)


def job(engine: Engine) -> int:
    with Session(engine) as session:
        due = due_publications(session, AT)
    count = 0
    for publication_id in due:
        with transaction(Session(engine)) as session:
            count += announce_due(session, publication_id, by=WORKER, now=AT) is not None
    return count


def mails(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return list(session.scalars(select(Mail.state)))


def test_of_several_workers_one_announces(engine: Engine) -> None:
    """R7-14, E13, G3: one set of mails."""
    planned(engine)
    assert sum(map(int, all_at_once(lambda _number: str(job(engine)), 4))) == 1
    assert mails(engine) == ["waiting"]


def test_a_worker_that_dies_before_its_commit_leaves_it_all_to_the_next(engine: Engine) -> None:
    """R7-14, F3: neither lost nor twice."""
    _by, _public_id, publication = planned(engine)
    for _round in range(2):
        with suppress(Killed), transaction(Session(engine)) as session:
            assert announce_due(session, publication.id, by=WORKER, now=AT)
            session.flush()
            raise Killed
    assert mails(engine) == []
    assert [job(engine), job(engine)] == [1, 0]
    assert mails(engine) == ["waiting"]


def test_who_plans_anew_at_the_very_second_either_comes_first_or_is_told(engine: Engine) -> None:
    """R7-13, E13: never mails for what isn't public, never a public article without them."""
    with transaction(Session(engine)) as session:
        newsroom = Newsroom(session)
        by, ids = newsroom.by(), [newsroom.draft(title=f"記事{number}").public_id for number in range(ROUNDS)]
    for public_id in ids:
        publication = plan(engine, by, public_id)

        def press(number: int, public_id: str = public_id, seen: Publication = publication) -> str:
            if number % 2:
                return f"announced {job(engine)}"
            decision = Decision(1, go_live_at=LATER, plan_seen=seen.public_id)
            try:
                with transaction(Session(engine)) as session:
                    go_public(session, locked(session, public_id), decision, by=by, now=AT - timedelta(microseconds=1))
            except Conflict:
                return "told"
            return "planned anew"

        done = all_at_once(press, 4)
        with Session(engine) as session:
            article = session.scalars(select(Article).where(Article.public_id == public_id)).one()
            row = session.scalars(select(Publication).where(Publication.article_id == article.id)).one()
            mail_count = len(session.scalars(select(Mail).where(Mail.about == row.public_id)).all())
            stands = (article.published_at, row.at, row.announced_at, mail_count)
        first = (AT, AT, AT, 1) if "announced 1" in done else (LATER, LATER, None, 0)
        assert stands == first, done
        assert done.count("planned anew") == (stands[0] == LATER)
    with Session(engine) as session:
        assert len(session.scalars(select(Mail)).all()) == sum(
            row.announced_at is not None for row in session.scalars(select(Publication))
        )


def test_the_job_finds_what_is_due_by_an_index_of_what_is_to_come(engine: Engine) -> None:
    """E17: however many publications there were."""
    plan = plan_of(engine, lambda session: due_publications(session, NOW))
    assert "ix_publication_to_come" in plan
    assert not re.search("SCAN|Seq Scan|B-TREE", plan), plan
