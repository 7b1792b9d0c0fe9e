"""The morning run over real rows, on both databases."""

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth import dormant_accounts
from auth.dormancy_queries import Dormant
from auth.dormant_accounts import plan_chunk, step_chunk
from auth.models import CredentialPair, LoginSession, User
from base.actors import WORKER
from base.audit import AuditEntry
from base.db import transaction
from base.outbox import Mail
from rights.models import HeldRight
from tests import make
from tests.auth.mornings import DESK, LOGIN, House, Letter, day, deliver, login_at, seven, steps
from tests.certificates import NOW

WHO = "minami@higashi-gas.example"
WARNING1, WARNING2, LOCK, DELETION = (
    "長期未使用ID通知メール(警告1)",
    "長期未使用ID通知メール(警告2)",
    "長期未使用ID通知メール(アカウントロック)",
    "長期未使用ID通知メール(アカウント削除)",
)


@pytest.fixture
def house(any_app: Flask) -> House:
    return House(any_app)


def told(letters: list[Letter], address: str = WHO) -> list[str]:
    return [letter.subject for letter in letters if letter.address == address]


def until(house: House, last: int, first: int = 119, *, is_daily: bool = False) -> dict[int, list[str]]:
    """What the person was told on which day: a morning each day, or only on the first, the last and those around each stage's."""
    days = [
        number for number in range(first, last + 1) if is_daily or number in {first, last} or number % 30 in {29, 0, 1}
    ]
    mornings = {number: told(house.morning(day(number))) for number in days}
    return {number: subjects for number, subjects in mornings.items() if subjects}


def audited(house: House, action: str) -> list[AuditEntry]:
    with Session(house.engine) as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_whoever_stays_away_is_warned_twice_locked_and_deleted(house: House) -> None:
    """R5-40, R5-41: one mail per stage, each on its day."""
    who = house.person(WHO)
    assert until(house, 215) == {120: [WARNING1], 150: [WARNING2], 180: [LOCK], 210: [DELETION]}
    gone = house.user(who)
    assert gone.deleted_at == seven(day(210))
    assert (gone.locked_at, gone.lock_reason) == (seven(day(180)), "dormancy")


def test_a_login_begins_everything_anew(house: House) -> None:
    """R5-40."""
    who = house.person(WHO)
    until(house, 155)
    house.change(who, last_login_at=login_at(day(160)))
    assert until(house, 279, 161) == {}
    assert until(house, 285, 280) == {280: [WARNING1]}


def test_without_a_login_the_issue_counts(house: House) -> None:
    """R5-40."""
    house.person(WHO, None, issued_at=login_at(LOGIN), password=None)
    assert until(house, 125) == {120: [WARNING1]}


def test_staff_are_locked_and_never_deleted(house: House) -> None:
    """R5-40."""
    who = house.person(WHO, staff_role="reception")
    until(house, 185)
    assert house.user(who).lock_reason == "dormancy"
    assert until(house, 400, 395) == {}
    assert house.user(who).deleted_at is None


def test_people_of_an_organization_that_has_ended_are_left_alone(house: House) -> None:
    """R3-5: they can't log in anyway."""
    with transaction(Session(house.engine)) as session:
        ended = make.organization(session, "きたエネルギー販売株式会社", ended_at=NOW).id
    house.person(WHO, of=ended)
    assert until(house, 125) == {}
    assert steps(house.engine) == []


def test_an_account_that_staff_unlocked_is_not_locked_again_but_deleted(house: House) -> None:
    """R5-42."""
    who = house.person(WHO)
    until(house, 182)
    house.change(who, locked_at=None, lock_reason=None)
    assert until(house, 209, 183) == {}
    assert house.user(who).locked_at is None
    assert until(house, 210, 210) == {210: [DELETION]}


def test_whoever_is_locked_for_another_reason_stays_so(house: House) -> None:
    """R5-40, R6-3."""
    who = house.person(WHO, locked_at=NOW, lock_reason="password")
    assert until(house, 185)[180] == [LOCK]
    assert (house.user(who).locked_at, house.user(who).lock_reason) == (NOW, "password")


def test_deletion_takes_the_account_and_leaves_the_record_of_rights(house: House) -> None:
    """R5-43."""
    who = house.person(WHO, rights={"JOHS": "J1010"}, secret_question="ペットの名前", secret_answer_hash="x")
    with transaction(Session(house.engine)) as session:
        of = session.get_one(User, who).organization
        issued = make.client_certificate()
        make.registration(session, of, issued)
        certificate_id = make.certificate_of(session, issued).id
        facts = {"certificate_id": certificate_id, "pc_name": "PC-01", "begun_at": NOW, "seen_at": NOW}
        session.add(LoginSession(id_hash="a" * 64, user_id=who, **facts))
        session.add(CredentialPair(user_id=who, created_at=NOW))
        version = session.get_one(User, who).reset_version
    until(house, 210)
    gone = house.user(who)
    assert [gone.password_hash, gone.secret_question, gone.secret_answer_hash] == [None, None, None]
    assert gone.reset_version > version
    with Session(house.engine) as session:
        assert session.scalars(select(LoginSession.ended_at)).all() == [seven(day(210))]
        assert session.scalars(select(CredentialPair.ended_at)).all() == [seven(day(210))]
        assert session.scalars(select(HeldRight.until_at)).all() == [None]


def test_each_step_is_in_the_trail(house: House) -> None:
    """R8-1, R6-8."""
    house.person(WHO)
    until(house, 215)
    actions = ("dormancy.warned", "account.locked", "account.deleted")
    lines = [line for action in actions for line in audited(house, action)]
    assert [json.loads(line.after)["days"] for line in lines] == [120, 150, 180, 210]
    assert {(line.actor, line.subject) for line in lines} == {("worker", f"login:{WHO}")}


def test_after_missed_mornings_one_stage_a_run_and_the_interval_follows(house: House) -> None:
    """R5-44, G6."""
    house.person(WHO)
    assert until(house, 240, 200, is_daily=True) == {200: [WARNING1], 201: [WARNING2], 231: [LOCK]}
    assert until(house, 262, 241, is_daily=True) == {261: [DELETION]}


def test_nobody_is_locked_whose_warning_did_not_go_out(house: House) -> None:
    """R5-44: the mail server was away when the second warning was due."""
    who = house.person(WHO)
    until(house, 149)
    for number in (150, 179, 180, 181, 199):
        house.look(day(number))
    assert house.user(who).locked_at is None
    assert told(deliver(house.engine, seven(day(200)))) == [WARNING2]
    assert until(house, 232, 201, is_daily=True) == {230: [LOCK]}


def test_a_warning_that_failed_for_good_is_sent_again_once_a_week(house: House) -> None:
    """R5-44: instead of a lock."""
    who = house.person(WHO)
    tries: list[int] = []
    for number in range(120, 190):
        house.morning(day(number), failing=[WHO])
        with Session(house.engine) as session:
            tried = select(Mail.id).where(Mail.next_try_at == seven(day(number)), Mail.kind == "dormancy-warning1")
            if session.scalar(tried):
                tries.append(number)
    assert tries == list(range(120, 190, 7))
    assert house.user(who).locked_at is None
    assert until(house, 192, 190, is_daily=True) == {190: [WARNING1], 192: [WARNING2]}
    assert until(house, 222, 221) == {222: [LOCK]}


@pytest.mark.parametrize("hours", [0, 5])
def test_running_twice_changes_nothing_more(house: House, hours: float) -> None:
    """G4, R5-44: nobody gets a second stage or a second mail."""
    house.person(WHO)
    house.look(day(200))
    before = steps(house.engine)
    with transaction(Session(house.engine)) as session:
        assert step_chunk(session, day(200), 0, by=WORKER, now=seven(day(200)) + timedelta(hours=hours)).steps == []
    assert steps(house.engine) == before
    with Session(house.engine) as session:
        assert session.scalar(select(func.count()).select_from(Mail)) == 1


def test_chunks_reach_everybody_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """R5-40: whatever the size of a chunk."""
    monkeypatch.setattr(dormant_accounts.plan_chunk, "__defaults__", (3,))
    people = {house.person(f"p{number}@higashi-gas.example") for number in range(10)}
    house.person("today@higashi-gas.example", day(119))
    house.look(day(120))
    assert sorted(user_id for user_id, _stage, _on in steps(house.engine)) == sorted(people)


def test_an_id_that_is_no_address_stops_nobody_else(house: House) -> None:
    """R5-44: who can't be warned isn't locked."""
    odd = house.person("no-address-at-all")
    house.person(WHO)
    assert until(house, 210, 120) == {120: [WARNING1], 150: [WARNING2], 180: [LOCK], 210: [DELETION]}
    assert house.user(odd).locked_at is None


def test_whoever_logged_in_after_the_run_is_not_mailed(house: House) -> None:
    """C9, F9: judged again as the mail leaves."""
    who = house.person(WHO)
    house.look(day(120))
    house.change(who, last_login_at=login_at(day(120)))
    assert deliver(house.engine, house.now) == []
    with Session(house.engine) as session:
        assert session.scalars(select(Mail.state)).all() == ["skipped"]


def test_contact_managers_hear_of_their_own_people_once_a_week(house: House) -> None:
    """R5-44, R8-4."""
    with transaction(Session(house.engine)) as session:
        nishi = make.organization(session, "にしガス株式会社").id
    house.person("boss@higashi-gas.example", day(200), contact_role="primary")
    house.person("outsider@nishi-gas.example", day(200), contact_role="primary", of=nishi)
    house.person(WHO, name="南 次郎")
    house.morning(day(120))
    weekdays = {}
    for number in range(121, 150):
        letters = [one for one in house.morning(day(number)) if one.subject == "長期未使用IDのお知らせ(週次)"]
        assert {one.address for one in letters} <= {"boss@higashi-gas.example"}
        if letters:
            weekdays[number] = day(number).weekday()
            assert "南 次郎" in letters[0].body
            assert "警告1済み" in letters[0].body
    assert set(weekdays.values()) == {0}
    assert len(weekdays) == 4


def test_staff_are_told_once_when_the_last_contact_manager_reaches_120_days(house: House) -> None:
    """R5-40: and not while another one still comes."""
    house.person("first@higashi-gas.example", contact_role="primary")
    house.person("second@higashi-gas.example", day(10), contact_role="deputy", name="東 健")
    found = {
        number: [letter for letter in house.morning(day(number)) if letter.address == DESK]
        for number in range(118, 140)
    }
    assert {number for number, letters in found.items() if letters} == {130}
    (letter,) = found[130]
    assert "second@higashi-gas.example" in letter.body
    assert "ひがしガス株式会社" in letter.body


def test_a_few_steps_after_a_standstill_are_made_up_for(house: House) -> None:
    """G6, G11."""
    house.person(WHO)
    house.morning(day(100))
    assert told(house.morning(day(123))) == [WARNING1]


def crowd(house: House, people: int) -> None:
    for number in range(people):
        house.person(f"p{number}@higashi-gas.example", password=None)


@pytest.mark.parametrize("days", [2, 365])
def test_many_steps_after_a_jump_of_the_clock_are_refused_and_staff_are_told(house: House, days: int) -> None:
    """G11: a mass of mails, locks or deletions is never a clock's doing; each day until somebody decides."""
    crowd(house, 21)
    house.morning(day(119))
    for number in (119 + days, 120 + days):
        letters = house.morning(day(number))
        assert [letter.address for letter in letters] == [DESK]
        assert "--force" in letters[0].body
        assert (house.outcomes()[day(number)] or "").startswith("refused")
    assert steps(house.engine) == []


def test_the_day_after_a_run_any_number_is_right(house: House) -> None:
    """G11."""
    crowd(house, 21)
    house.morning(day(119))
    house.morning(day(120))
    assert len(steps(house.engine)) == 21


def test_a_clock_that_went_back_is_refused(house: House) -> None:
    """G11: even where nothing is due."""
    house.morning(day(30))
    house.morning(day(29))
    assert (house.outcomes()[day(29)] or "").startswith("refused")


def test_planning_changes_nothing(house: House) -> None:
    """R5-40: a dry run."""
    house.person(WHO)
    with transaction(Session(house.engine)) as session:
        planned = plan_chunk(session, day(120), 0)
    assert planned.counts == {"warning1": 1}
    assert isinstance(planned.steps[0][0], Dormant)
    assert steps(house.engine) == []
