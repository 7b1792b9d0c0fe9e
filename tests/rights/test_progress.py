"""「進捗」 and 「TAXIS処理」「JOHS処理」「JUJU処理」「LOACUS処理」 of real requests, as lists and pages show them (R5-12)."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from itertools import chain, combinations

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.actors import WORKER, Actor
from base.db import transaction
from base.jst import show_day
from rights.changes import Wanted, enter_change, withdraw_change
from rights.codes import SYSTEMS_WITH_RIGHTS, AskedRights, System
from rights.completions import complete_parts, complete_registration
from rights.models import RightsRequest
from rights.processing.run import carry_out
from rights.removals import enter_removal
from rights.request_states import RequestState
from rights.requests import accept_request
from rights.shown_requests import shown
from tests import make
from tests.browsing import Visitor, logged_in
from tests.cast import Cast
from tests.conftest import Hands
from tests.rights.entries import CALENDAR, acting, at, entered, higashi

T, J, U, L = SYSTEMS_WITH_RIGHTS
FAST, SLOW = {T, J}, {U, L}
COMBINATIONS = [frozenset(c) for c in chain.from_iterable(combinations(SYSTEMS_WITH_RIGHTS, n) for n in range(1, 5))]
CODES = {T: "1010", J: "J1010", U: "yes", L: "02010"}
ANOTHER = {T: "1011", J: None, U: None, L: "02011"}
ENTERED, ACCEPTED, M = date(2018, 12, 13), date(2018, 12, 14), date(2018, 12, 17)
LONG_AGO = at(date(2018, 1, 10))

Words = dict[frozenset[System], tuple[str, dict[System, str]]]


class Desk:
    """One organization, its contact manager, and the reception center that works for it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.organization: Organization = higashi(session)
        self.manager: Actor = acting(make.user(session, self.organization, contact_role="primary"))
        operator = make.organization(session, "みなみ", is_operator=True)
        self.center: Actor = acting(make.user(session, operator, staff_role="reception"))
        self.rows: dict[frozenset[System], RightsRequest] = {}

    def holder(self, rights: Mapping[System, str]) -> User:
        held = {system.value: code for system, code in rights.items()}
        return make.user(self.session, self.organization, rights=held, created_at=LONG_AGO)

    def words(self, now: datetime) -> Words:
        """What every screen and list would say at this moment."""
        lines = {one.row.id: one for one in shown(self.session, list(self.rows.values()), now)}
        return {
            asked: (lines[row.id].progress, {cell.system: cell.state for cell in lines[row.id].cells})
            for asked, row in self.rows.items()
        }


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session)


def expected(progress: str, asked: frozenset[System], done: set[System]) -> tuple[str, dict[System, str]]:
    words = {each: ("済" if each in done else "未済") if each in asked else "(不要)" for each in SYSTEMS_WITH_RIGHTS}
    return progress, words


def each(word: Callable[[frozenset[System]], tuple[str, set[System]]]) -> Words:
    return {asked: expected(word(asked)[0], asked, word(asked)[1]) for asked in COMBINATIONS}


def carried_out(session: Session, day: date) -> None:
    assert carry_out(session, day, 100, by=WORKER, now=at(day)).ordered > 0


def test_a_new_request_at_every_step_for_all_15_combinations(desk: Desk, session: Session) -> None:
    """R5-12, R5-10: 受付待ち, 処理中 after the acceptance and the run, ⑥, ⑩."""
    for number, asked in enumerate(COMBINATIONS):
        rights = AskedRights(**{system.lower(): CODES[system] for system in asked})
        login_id, memo = f"new{number}@higashi-gas.example", "6人目以降も業務に必要なため"
        facts = {"login_id": login_id, "asked": rights, "memo": memo}
        desk.rows[asked] = entered(session, desk.organization, desk.manager, at(ENTERED), **facts)
    assert desk.words(at(ENTERED)) == each(lambda _asked: ("受付待ち", set()))
    for row in desk.rows.values():
        accept_request(session, row, CALENDAR, by=desk.center, now=at(ACCEPTED))
    assert desk.words(at(ACCEPTED)) == each(lambda _asked: ("処理中", set()))
    carried_out(session, M)
    assert desk.words(at(M)) == each(lambda _asked: ("処理中", set()))
    for number, row in enumerate(desk.rows.values()):
        complete_registration(session, row, f"U{number}", CALENDAR, by=desk.center, now=at(M, 15))
    after_six = each(lambda asked: ("処理中" if asked & SLOW else "処理完了", set(asked) & FAST))
    assert desk.words(at(M, 15)) == after_six
    for asked, row in desk.rows.items():
        if asked & SLOW:
            complete_parts(session, row, SLOW, CALENDAR, by=desk.center, now=at(M, 16))
    assert desk.words(at(M, 16)) == each(lambda asked: ("処理完了", set(asked)))
    assert {row.state for row in desk.rows.values()} == {RequestState.COMPLETED}


def test_a_change_asks_for_what_differs_in_all_15_combinations(desk: Desk, session: Session) -> None:
    """R5-12, R5-14, R5-15: TAXIS and JOHS are 済 at once; who asks for neither JUJU nor LOACUS has 処理完了 at once."""
    for asked in COMBINATIONS:
        codes = {system.lower(): (ANOTHER if system in asked else CODES)[system] for system in SYSTEMS_WITH_RIGHTS}
        user, wanted = desk.holder(CODES), Wanted(AskedRights(**codes))
        desk.rows[asked] = enter_change(
            session, desk.organization, user, wanted, CALENDAR, by=desk.manager, now=at(ENTERED)
        )
    at_once = each(lambda asked: ("処理中" if asked & SLOW else "処理完了", set(asked) & FAST))
    assert desk.words(at(ENTERED)) == at_once
    carried_out(session, M)
    assert desk.words(at(M)) == at_once
    for asked, row in desk.rows.items():
        if asked & SLOW:
            complete_parts(session, row, SLOW, CALENDAR, by=desk.center, now=at(M, 16))
    assert desk.words(at(M, 16)) == each(lambda asked: ("処理完了", set(asked)))


def test_a_removal_is_done_as_it_takes_effect_in_all_15_combinations(desk: Desk, session: Session) -> None:
    """R5-12, R5-18: TAXIS and JOHS on the day after, JUJU and LOACUS with the entry of completion."""
    for asked in COMBINATIONS:
        user = desk.holder({system: CODES[system] for system in asked})
        desk.rows[asked] = enter_removal(
            session, desk.organization, user, "", CALENDAR, by=desk.manager, now=at(ENTERED)
        )
    assert desk.words(at(ENTERED, 23)) == each(lambda _asked: ("処理中", set()))
    next_day = at(ACCEPTED, 0)
    assert desk.words(next_day) == each(lambda asked: ("処理中" if asked & SLOW else "処理完了", set(asked) & FAST))
    for asked, row in desk.rows.items():
        if asked & SLOW:
            complete_parts(session, row, SLOW, CALENDAR, by=desk.center, now=at(ACCEPTED, 11))
    assert desk.words(at(ACCEPTED, 11)) == each(lambda asked: ("処理完了", set(asked)))


def test_what_was_taken_back_is_neither_done_nor_open(desk: Desk, session: Session) -> None:
    """R5-12, R5-17: the slow part of a change before M; what was done at once stays 済."""
    user, asked = desk.holder(CODES), frozenset({T, L})
    wanted = Wanted(AskedRights("1011", "J1010", "yes", "02011"))
    row = enter_change(session, desk.organization, user, wanted, CALENDAR, by=desk.manager, now=at(ENTERED))
    withdraw_change(session, row, by=desk.manager, now=at(ACCEPTED))
    desk.rows[asked] = row
    states = {T: "済", J: "(不要)", U: "(不要)", L: "–"}
    assert desk.words(at(ACCEPTED)) == {asked: ("処理完了", states)}


def cells_of(page: str) -> list[str]:
    """Progress and the four systems of the list's only line."""
    line = re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    assert line is not None
    cells = re.findall(r"<td[^>]*>(.*?)</td>", line[1], re.DOTALL)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells[2:7]]


@pytest.fixture
def manager(app: Flask, cast: Cast, hands: Hands) -> Visitor:
    hands.now = at(date(2026, 11, 24))
    return logged_in(app, cast.higashi_manager)


def test_the_screens_follow_a_change_for_manager_person_and_nobody_else(
    app: Flask, cast: Cast, manager: Visitor, hands: Hands
) -> None:
    """R5-12, R5-34, R8-4: list and page of the contact manager, the account of the person concerned."""
    with app.app_context(), transaction() as session:
        user, by = (
            session.get_one(User, cast.higashi_reader.user_id),
            acting(session.get_one(User, cast.higashi_manager.user_id)),
        )
        organization = session.get_one(Organization, user.organization_id)
        wanted = Wanted(AskedRights(taxis="1010", johs="J1010", loacus="02011"), memo="内緒の引き継ぎ")
        enter_change(session, organization, user, wanted, CALENDAR, by=by, now=hands.now)
        number = session.scalars(select(RightsRequest.public_id)).one()
    from_m9 = CALENDAR.plus(date(2026, 12, 1), 9)
    page, account = manager.page(f"/requests/{number}"), logged_in(app, cast.higashi_reader).page("/account")
    assert cells_of(manager.page("/requests"))[0] == "処理中"
    for shown_page in (page, account):
        assert "TAXISの権限の変更(申請と同時)" in shown_page
        assert f"{show_day(from_m9)}以降" in shown_page
        assert "LOACUSのシステム処理日。11/30(月)までの申請分" in shown_page
    assert "内緒の引き継ぎ" in page
    assert "内緒の引き継ぎ" not in account
    outsider = logged_in(app, cast.nishi_manager)
    assert outsider.get(f"/requests/{number}").status_code == 404
    for path in ("/requests", "/account"):
        assert "LOACUSの" not in outsider.page(path)
    assert "利用権限の手続き" not in logged_in(app, cast.higashi_deputy).page("/account")
