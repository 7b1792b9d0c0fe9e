"""A closing day is added: everything that moves is listed, moves, is noted and told once (R5-31, R9-14)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Organization
from base.actors import Actor
from base.audit import AuditEntry
from base.closing_days import ClosingDay, OpenDay, business_calendar
from base.mail_text import Composed, Skipped
from base.outbox import Mail
from base.refusals import Conflict, Refused
from desk.closing.changes import moves_of, save_change, tell_change
from desk.closing.concerned import Concerned, digest_of
from desk.closing.day_rules import DayChange, DayKind, read
from desk.closing.mails import closing_composers
from desk.closing.models import CalendarMove
from desk.closing.move_rules import MoveKind
from desk.closing.tellings import key_of, tellings_of
from rights.changes import Wanted, enter_change
from rights.codes import AskedRights, System
from rights.completions import complete_registration
from rights.models import ProcessingDay
from rights.processing.run import carry_out
from rights.removals import enter_removal
from tests import make
from tests.desk.closing.planning import CLOSED, NOW, M, accepted, manager_of, moved, planned, reception, saved
from tests.rights.entries import at, entered, higashi
from tests.settings import OPERATOR

ACCEPTED, PROCESSING, TAXIS_JOHS, JUJU_LOACUS, LAST_SAFE, CALENDAR_M, LAST_NEW = MoveKind


def D(month: int, day: int) -> date:  # noqa: N802 - short, as there are many
    return date(2026, month, day)


@pytest.fixture
def center(session: Session) -> Actor:
    return reception(session)


@pytest.fixture
def organization(session: Session) -> Organization:
    return higashi(session)


@pytest.fixture
def manager(session: Session, organization: Organization) -> Actor:
    return manager_of(session, organization, "higashino@higashi-gas.example")


def test_a_closed_processing_date_moves_every_kind_of_open_request(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R9-14, R5-30, R5-34: stored dates move with it; what is given up or done stays."""
    new = accepted(session, organization, manager, center, "a@higashi-gas.example")
    waiting = entered(session, organization, manager, NOW, login_id="b@higashi-gas.example")
    user = make.user(session, organization, "c@higashi-gas.example", rights={"LOACUS": "02010"})
    change = enter_change(
        session,
        organization,
        user,
        Wanted(AskedRights(loacus="02011")),
        business_calendar(session),
        by=manager,
        now=NOW,
    )
    leaving = make.user(session, organization, "d@higashi-gas.example", rights={"LOACUS": "02010"})
    removal = enter_removal(session, organization, leaving, "", business_calendar(session), by=manager, now=NOW)
    cancelled = accepted(session, organization, manager, center, "e@higashi-gas.example")
    cancelled.state, cancelled.cancel_reason = "cancelled", "誤り"
    session.flush()
    made = saved(session, center)
    assert moved(session, made, new) == {
        PROCESSING: (M, D(12, 2)),
        TAXIS_JOHS: (D(12, 9), D(12, 10)),
        JUJU_LOACUS: (D(12, 14), D(12, 15)),
    }
    assert moved(session, made, waiting) == {PROCESSING: (M, D(12, 2)), TAXIS_JOHS: (D(12, 9), D(12, 10))}
    assert moved(session, made, change) == {PROCESSING: (M, D(12, 2)), JUJU_LOACUS: (D(12, 14), D(12, 15))}
    assert moved(session, made, removal) == {PROCESSING: (M, D(12, 2))}
    assert moved(session, made, cancelled) == {}
    session.expire_all()
    stored = [row.processing_date for row in (new, waiting, change, removal, cancelled)]
    assert stored == [D(12, 2), None, D(12, 2), D(12, 2), M]
    assert session.get_one(ClosingDay, M).name == "創立記念日"


def test_a_request_that_waits_is_accepted_later_where_the_next_day_is_closed(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-10, R9-14: on the last day of the window, and it belongs to the next one."""
    waiting = entered(session, organization, manager, at(D(11, 27)), asked=AskedRights(johs="J1010"))
    closed = DayChange(DayKind.CLOSE, D(11, 30), "臨時休業")
    made = saved(session, center, closed, now=at(D(11, 27)))
    assert moved(session, made, waiting) == {
        ACCEPTED: (D(11, 30), M),
        PROCESSING: (M, D(12, 16)),
        TAXIS_JOHS: (D(12, 9), D(12, 24)),
    }


def test_what_is_carried_out_keeps_its_processing_date_and_its_starting_days_move(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R9-14, R5-32: what is done has its day for good."""
    request = accepted(session, organization, manager, center, "a@higashi-gas.example")
    carry_out(session, M, 100, by=center, now=at(M))
    later = at(D(12, 2))
    closed = DayChange(DayKind.CLOSE, D(12, 7), "臨時休業")
    first = saved(session, center, closed, now=later)
    assert moved(session, first, request) == {TAXIS_JOHS: (D(12, 9), D(12, 10)), JUJU_LOACUS: (D(12, 14), D(12, 15))}
    assert request.processing_date == M
    complete_registration(session, request, "U1", business_calendar(session), by=center, now=later)
    second = saved(session, center, DayChange(DayKind.CLOSE, D(12, 8), "臨時休業"), now=later)
    assert moved(session, second, request) == {JUJU_LOACUS: (D(12, 15), D(12, 16))}
    taxis = next(part for part in request.parts if part.system == System.TAXIS)
    assert taxis.effect_at == at(D(12, 10), hour=0)


def test_what_is_added_and_taken_away_again_leaves_all_as_it_was(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-31: also a yearly closing day on which the operator works for once."""
    request = accepted(session, organization, manager, center, "a@higashi-gas.example")
    year_end = DayChange(DayKind.WORK, D(12, 31))
    for there, back in ((CLOSED, DayChange(DayKind.OPEN, M)), (year_end, DayChange(DayKind.REST, D(12, 31)))):
        before = request.processing_date, business_calendar(session)
        saved(session, center, there)
        assert business_calendar(session) != before[1]
        saved(session, center, back)
        session.expire_all()
        assert (request.processing_date, business_calendar(session)) == before
    assert not session.scalars(select(ClosingDay.day).where(ClosingDay.day == M)).all()
    assert not session.scalars(select(OpenDay)).all()


def test_announced_days_of_a_delayed_processing_date_go_with_it(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-10, R9-14: staff gave them by hand, so they stay."""
    request = accepted(session, organization, manager, center, "a@higashi-gas.example")
    given = {"taxis_johs_from": D(12, 21), "juju_loacus_from": D(12, 25)}
    session.add(ProcessingDay(processing_date=M, reason="障害", delayed_at=NOW, delayed_by_id=center.user_id, **given))
    session.flush()
    made = saved(session, center)
    assert moved(session, made, request) == {PROCESSING: (M, D(12, 2))}
    assert session.scalars(select(ProcessingDay.processing_date)).all() == [D(12, 2)]


def test_certificates_and_the_calendar_s_own_days_are_among_what_moves(
    session: Session, organization: Organization, center: Actor
) -> None:
    """R9-14, R4-5: last safe days to apply, processing dates, last days for entries."""
    issued = make.client_certificate("closing", not_after=at(D(12, 9), hour=12))
    row = make.registration(session, organization, issued)
    made = saved(session, center)
    moves = session.scalars(select(CalendarMove).where(CalendarMove.change_id == made.id)).all()
    found = {(move.kind, move.certificate_id): (move.before_day, move.after_day) for move in moves}
    assert found[LAST_SAFE, row.certificate_id] == (D(11, 26), D(11, 11))
    assert found[CALENDAR_M, None] == (M, D(12, 2))


def test_nothing_is_saved_that_was_not_shown(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R9-14: a request that came meanwhile, another closing day that came meanwhile, a change that is saved already."""
    change = planned(session, center)
    seen = digest_of(moves_of(session, read(change.days), NOW), business_calendar(session))
    request = accepted(session, organization, manager, center, "a@higashi-gas.example")
    with pytest.raises(Conflict, match="確認の画面を開いたあとに"):
        save_change(session, change, seen, is_told=False, by=center, now=NOW)
    assert request.processing_date == M
    saved(session, center, DayChange(DayKind.CLOSE, D(12, 2), "臨時休業"))
    seen = digest_of(moves_of(session, read(change.days), NOW), business_calendar(session))
    save_change(session, change, seen, is_told=False, by=center, now=NOW)
    with pytest.raises(Conflict, match="すでに保存"):
        save_change(session, change, seen, is_told=False, by=center, now=NOW)


def test_the_impossible_is_refused_when_it_is_planned_and_when_it_is_saved(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R9-14: a day that is past by then, and a processing date that is carried out."""
    accepted(session, organization, manager, center, "a@higashi-gas.example")
    change = planned(session, center)
    with pytest.raises(Refused, match="過ぎている"):
        planned(session, center, now=at(D(12, 2)))
    with pytest.raises(Conflict, match="過ぎている"):
        save_change(session, change, "", is_told=False, by=center, now=at(D(12, 2)))
    carry_out(session, M, 100, by=center, now=at(M, hour=0))
    with pytest.raises(Conflict, match="すでに始まっている"):
        save_change(session, change, "", is_told=False, by=center, now=at(M))


def test_each_moved_request_has_its_line_in_the_trail(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R8-1: and the change its own."""
    request = accepted(session, organization, manager, center, "a@higashi-gas.example")
    made = saved(session, center)
    lines = session.scalars(select(AuditEntry).where(AuditEntry.action == "request.rescheduled")).all()
    assert [(line.subject, line.organization_id) for line in lines] == [
        (f"request:{request.public_id}", organization.id)
    ]
    assert ("2026-12-01" in lines[0].before, "2026-12-02" in lines[0].after) == (True, True)
    change = session.scalars(select(AuditEntry).where(AuditEntry.action == "calendar.changed")).one()
    assert change.subject == f"calendar:{made.public_id}"


def letters(session: Session) -> list[tuple[str, Composed | Skipped]]:
    [compose] = closing_composers("https://portal.example", OPERATOR).values()
    mails = session.scalars(select(Mail).where(Mail.kind == "closing-days").order_by(Mail.address)).all()
    found = [(mail.address, compose(session, mail, NOW)) for mail in mails]
    assert all(isinstance(letter, Composed | Skipped) for _, letter in found)
    return [(address, letter) for address, letter in found if isinstance(letter, Composed | Skipped)]


def test_those_concerned_are_told_once_and_nobody_else(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R9-14, R2-4: what has ended or moved once more since is left out of the mail."""
    nishi = make.organization(session, "にしガス", systems=("JOHS",), kinds=("retailer",))
    manager_of(session, nishi, "nishikawa@nishi-gas.example")
    kept = accepted(session, organization, manager, center, "a@higashi-gas.example")
    gone = accepted(session, organization, manager, center, "b@higashi-gas.example")
    made = saved(session, center, is_told=True)
    [(address, letter)] = letters(session)
    assert address == "higashino@higashi-gas.example"
    assert isinstance(letter, Composed)
    assert f"・{kept.number} 北島 三郎 様" in letter.body
    assert "システム処理日:2026/12/01(火) → 2026/12/02(水)" in letter.body
    assert "TAXIS・JOHSの利用開始:2026/12/09(水) → 2026/12/10(木)" in letter.body
    with pytest.raises(Conflict, match="すでにメール"):
        tell_change(session, made, by=center, now=NOW)
    gone.state, gone.cancel_reason = "cancelled", "誤り"
    session.flush()
    [(_, letter)] = letters(session)
    assert isinstance(letter, Composed)
    assert gone.number not in letter.body
    saved(session, center, DayChange(DayKind.CLOSE, D(12, 2), "臨時休業"))
    [(_, letter)] = letters(session)
    assert isinstance(letter, Skipped)


def test_the_preview_says_who_was_told_what_and_how(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R9-14: mails that went, with their addresses; what waits in the outbox told nobody yet."""
    told = accepted(session, organization, manager, center, "a@higashi-gas.example")
    untold = accepted(session, organization, manager, center, "b@higashi-gas.example")
    mail = session.scalars(select(Mail).where(Mail.about == told.public_id)).one()
    mail.state, mail.sent_at = "sent", NOW + timedelta(minutes=1)
    session.flush()
    moves = moves_of(session, [CLOSED], NOW)
    found = tellings_of(session, moves)
    by_request: dict[int | None, Concerned] = {each.request_id: each for each in moves}
    [telling] = found[key_of(by_request[told.id])]
    assert (telling.what, telling.to) == ("受付のお知らせ", ("higashino@higashi-gas.example",))
    assert key_of(by_request[untold.id]) not in found
