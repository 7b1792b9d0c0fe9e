from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from auth.models import Contractor, Organization, User
from base.actors import Actor
from base.audit import AuditEntry
from base.refusals import Conflict, Refused
from rights.codes import AskedRights
from rights.id_refusals import NOT_YOURS
from rights.models import HeldRight, RightsRequest
from rights.requests import (
    accept_request,
    accept_requests,
    cancel_request,
    enter_request,
    refusals_of,
    withdraw_request,
)
from tests import make
from tests.certificates import NOW
from tests.rights.entries import CALENDAR, acting, at, entered, entry, higashi

R5_33 = [
    (date(2018, 12, 3), date(2018, 12, 4), date(2018, 12, 17)),
    (date(2018, 12, 13), date(2018, 12, 14), date(2018, 12, 17)),
    (date(2018, 12, 14), date(2018, 12, 17), date(2019, 1, 7)),
    (date(2018, 12, 27), date(2018, 12, 28), date(2019, 1, 7)),
    (date(2018, 12, 28), date(2019, 1, 7), date(2019, 1, 16)),
]


@pytest.fixture
def organization(session: Session) -> Organization:
    return higashi(session)


@pytest.fixture
def other(session: Session) -> Organization:
    return make.organization(session, "にしガス", systems=("JOHS",), kinds=("retailer",))


@pytest.fixture
def manager(session: Session, organization: Organization) -> Actor:
    return acting(make.user(session, organization, contact_role="primary"))


@pytest.fixture
def center(session: Session) -> Actor:
    operator = make.organization(session, "みなみ", is_operator=True)
    return acting(make.user(session, operator, staff_role="reception"))


def cancelled(session: Session, request: RightsRequest, by: Actor, **changes: Any) -> None:
    facts: dict[str, Any] = {"reason": "カナが違います", "phoned_to": "東野", "phoned_at": NOW} | changes
    cancel_request(session, request, **facts, by=by, now=NOW)


def test_a_request_keeps_what_was_entered(session: Session, organization: Organization, manager: Actor) -> None:
    """R5-1, R5-10 ①."""
    contractor = make.contractor(session, organization)
    request = entered(session, organization, manager, NOW, contractor=contractor.public_id, memo="急ぎません")
    session.expire_all()
    assert (request.state, request.kind, request.organization_id) == ("entered", "new", organization.id)
    assert (request.name_kanji, request.name_kana) == ("北島 三郎", "キタジマ サブロウ")
    assert (request.taxis, request.johs, request.juju, request.loacus) == ("1011", "J1010", None, None)
    assert (request.contractor_id, request.memo, request.entered_at) == (contractor.id, "急ぎません", NOW)
    assert request.entered_by_id == manager.user_id


@pytest.mark.parametrize(("entered_on", "accepted_on", "carried_out_on"), R5_33)
def test_the_worked_example_holds_through_the_operations(
    session: Session,
    organization: Organization,
    manager: Actor,
    center: Actor,
    entered_on: date,
    accepted_on: date,
    carried_out_on: date,
) -> None:
    """R5-33, R5-11: M goes by the day of the acceptance in Japan."""
    request = entered(session, organization, manager, at(entered_on, 23))
    accept_request(session, request, CALENDAR, by=center, now=at(accepted_on, 0))
    session.expire_all()
    assert (request.state, request.processing_date) == ("accepted", carried_out_on)
    assert (request.accepted_at, request.accepted_by_id) == (at(accepted_on, 0), center.user_id)


def test_numbers_run_per_organization_and_month(
    session: Session, organization: Organization, other: Organization, manager: Actor
) -> None:
    """R8-4: they tell nothing about anybody else's volume."""
    stranger = acting(make.user(session, other, contact_role="primary"))
    johs = AskedRights(johs="J1010")
    numbers = [
        entered(session, of, by, now, login_id=f"p{place}@higashi-gas.example", asked=johs).number
        for place, (of, by, now) in enumerate(
            [
                (organization, manager, at(date(2026, 11, 30), 22)),
                (organization, manager, at(date(2026, 11, 30), 23)),
                (other, stranger, at(date(2026, 11, 30), 23)),
                (organization, manager, at(date(2026, 12, 1), 0)),
            ]
        )
    ]
    assert numbers == ["N-2611-0001", "N-2611-0002", "N-2611-0001", "N-2612-0001"]


def test_numbers_go_on_behind_the_ten_thousandth(session: Session, organization: Organization, manager: Actor) -> None:
    entered(session, organization, manager, NOW).number = f"N-{NOW:%y%m}-10000"
    session.flush()
    assert entered(session, organization, manager, NOW, login_id="b@higashi-gas.example").number[7:] == "10001"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name_kanji": ""}, "name_kanji"),
        ({"login_id": "no address"}, "login_id"),
        ({"asked": AskedRights()}, "rights"),
        ({"asked": AskedRights(loacus="03010")}, "loacus"),
        ({"contractor": "0123456789ab"}, "contractor"),
    ],
)
def test_an_entry_against_the_rules_leaves_nothing(
    session: Session, organization: Organization, manager: Actor, changes: dict[str, Any], field: str
) -> None:
    """R8-3, R5-4, R5-6, R5-13."""
    with pytest.raises(Refused) as refused:
        enter_request(session, organization, entry(**changes), by=manager, now=NOW)
    assert refused.value.field == field
    assert session.scalars(select(RightsRequest)).all() == []


def test_a_contractor_of_another_organization_or_one_that_ended_is_no_choice(
    session: Session, organization: Organization, other: Organization, manager: Actor
) -> None:
    """R5-1, E14."""
    foreign, ended = make.contractor(session, other), make.contractor(session, organization)
    ended.ended_at = NOW
    session.flush()
    for contractor in (foreign, ended):
        with pytest.raises(Refused) as refused:
            entered(session, organization, manager, NOW, contractor=contractor.public_id)
        assert refused.value.field == "contractor"


@pytest.mark.parametrize("login_id", ["kitajima@higashi-gas.example", "KITAJIMA@Higashi-Gas.EXAMPLE"])
def test_a_second_request_for_one_person_is_refused_naming_the_first(
    session: Session, organization: Organization, manager: Actor, login_id: str
) -> None:
    """R5-17, R5-7: whatever the case of its letters."""
    first = entered(session, organization, manager, NOW)
    with pytest.raises(Refused, match=first.number) as refused:
        entered(session, organization, manager, NOW, login_id=login_id)
    assert refused.value.field == "login_id"


def test_of_somebody_elses_request_or_person_nothing_is_told(
    session: Session, organization: Organization, other: Organization, manager: Actor
) -> None:
    """R8-4, R5-7: one answer, whether asked for, registered, removed or staff."""
    stranger = acting(make.user(session, other, "registered@x.example", contact_role="primary"))
    entered(session, other, stranger, NOW, login_id="asked@x.example", asked=AskedRights(johs="J1010"))
    make.user(session, other, "removed@x.example", deleted_at=NOW)
    operator = make.organization(session, "運営", is_operator=True)
    make.user(session, operator, "staff@x.example", staff_role="reception")
    reasons = set()
    for name in ("registered", "asked", "removed", "staff"):
        with pytest.raises(Refused) as refused:
            entered(session, organization, manager, NOW, login_id=f"{name}@x.example")
        reasons.add(refused.value.reason)
    assert reasons == {NOT_YOURS}


def test_an_own_person_with_rights_is_no_new_person(
    session: Session, organization: Organization, manager: Actor
) -> None:
    """R5-7: rights that are still to begin count too."""
    make.user(session, organization, "kitajima@higashi-gas.example", name="北島 三郎", rights={"JOHS": "J1010"})
    later = make.user(session, organization, "later@higashi-gas.example", name="後藤 五郎")
    session.add(HeldRight(user_id=later.id, system="JOHS", code="J1010", from_at=NOW + timedelta(days=9)))
    for login_id, name in (("kitajima@higashi-gas.example", "北島 三郎"), ("later@higashi-gas.example", "後藤 五郎")):
        with pytest.raises(Refused, match=name):
            entered(session, organization, manager, NOW, login_id=login_id)


@pytest.mark.parametrize("facts", [{"contact_role": "deputy"}, {"deleted_at": NOW}])
def test_an_own_person_without_rights_can_be_set_up(
    session: Session, organization: Organization, manager: Actor, facts: dict[str, Any]
) -> None:
    """R5-18: a contact manager asks for his own system rights; a removed ID can be set anew."""
    person = make.user(session, organization, "kitajima@higashi-gas.example", **facts)
    ended = NOW - timedelta(days=1)
    session.add(
        HeldRight(user_id=person.id, system="JOHS", code="J1010", from_at=ended - timedelta(days=9), until_at=ended)
    )
    assert entered(session, organization, manager, NOW).user_id == person.id


def test_every_reason_is_told_at_once(session: Session, organization: Organization, manager: Actor) -> None:
    """R8-3."""
    entered(session, organization, manager, NOW)
    second = entry(name_kana="きたじま", asked=AskedRights())
    assert {refusal.field for refusal in refusals_of(session, organization, second, NOW)} == {
        "name_kana",
        "login_id",
        "rights",
    }


def test_an_ended_request_makes_room_for_the_next(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-10 ②: after a cancellation it is entered anew; R5-17."""
    withdraw_request(session, entered(session, organization, manager, NOW), by=manager, now=NOW)
    cancelled(session, entered(session, organization, manager, NOW), center)
    assert entered(session, organization, manager, NOW).number.endswith("0003")


def test_a_cancellation_keeps_the_reason_and_the_call(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-10 ②."""
    request = entered(session, organization, manager, NOW)
    cancelled(session, request, center)
    session.expire_all()
    assert (request.state, request.cancel_reason) == ("cancelled", "カナが違います")
    assert (request.phoned_to, request.phoned_at, request.ended_by_id) == ("東野", NOW, center.user_id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "あ" * 501}, "reason"),
        ({"phoned_to": ""}, "phoned_to"),
        ({"phoned_at": NOW + timedelta(minutes=1)}, "phoned_at"),
        ({"phoned_at": NOW - timedelta(days=1)}, "phoned_at"),
    ],
)
def test_a_cancellation_without_its_facts_is_refused(
    session: Session, organization: Organization, manager: Actor, center: Actor, changes: dict[str, Any], field: str
) -> None:
    """R5-10 ②, R8-3."""
    request = entered(session, organization, manager, NOW)
    with pytest.raises(Refused) as refused:
        cancelled(session, request, center, **changes)
    assert (refused.value.field, request.state) == (field, "entered")


@pytest.mark.parametrize("state", ["accepted", "cancelled", "withdrawn", "completed"])
@pytest.mark.parametrize("move", ["accept", "cancel", "withdraw"])
def test_a_request_that_has_moved_on_refuses_every_other_move(
    session: Session, organization: Organization, manager: Actor, center: Actor, state: str, move: str
) -> None:
    """G7, R5-17: 409, and nothing changes."""
    request = entered(session, organization, manager, NOW)
    request.state = state
    request.cancel_reason = "理由" if state == "cancelled" else None
    session.flush()
    moves = {
        "accept": lambda: accept_request(session, request, CALENDAR, by=center, now=NOW),
        "cancel": lambda: cancelled(session, request, center),
        "withdraw": lambda: withdraw_request(session, request, by=manager, now=NOW),
    }
    with pytest.raises(Conflict):
        moves[move]()
    assert (request.state, request.accepted_at, request.ended_at) == (state, None, None)


def _end_organization(organization: Organization, _contractor: Contractor) -> None:
    organization.ended_at = NOW


def _end_contractor(_organization: Organization, contractor: Contractor) -> None:
    contractor.ended_at = NOW


def _take_system_away(organization: Organization, _contractor: Contractor) -> None:
    organization.systems = [row for row in organization.systems if row.system != "TAXIS"]


def _give_the_id_to_another(organization: Organization, _contractor: Contractor) -> None:
    session = object_session(organization)
    assert session is not None
    make.user(session, make.organization(session, "にしガス"), "KITAJIMA@higashi-gas.example")


@pytest.mark.parametrize("change", [_end_organization, _end_contractor, _take_system_away, _give_the_id_to_another])
def test_what_has_ended_since_the_entry_is_not_accepted(
    session: Session, organization: Organization, manager: Actor, center: Actor, change: Any
) -> None:
    """G8: it can still be cancelled."""
    contractor = make.contractor(session, organization)
    request = entered(session, organization, manager, NOW, contractor=contractor.public_id)
    change(organization, contractor)
    session.flush()
    with pytest.raises(Conflict, match="取り消してください"):
        accept_request(session, request, CALENDAR, by=center, now=NOW)
    cancelled(session, request, center)
    assert request.state == "cancelled"


def test_of_several_the_one_in_the_way_is_named(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """G2."""
    first = entered(session, organization, manager, NOW)
    second = entered(session, organization, manager, NOW, login_id="b@higashi-gas.example", name_kanji="西 五郎")
    withdraw_request(session, second, by=manager, now=NOW)
    with pytest.raises(Conflict, match=f"ひがしガス {second.number}.*西 五郎さん.*取り下げ"):
        accept_requests(session, [first, second], CALENDAR, by=center, now=NOW)


def test_each_move_stands_in_the_trail_of_the_organization_it_concerns(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R8-1."""
    request = entered(session, organization, manager, NOW)
    accept_request(session, request, CALENDAR, by=center, now=NOW)
    cancelled(session, entered(session, organization, manager, NOW, login_id="b@higashi-gas.example"), center)
    third = entered(session, organization, manager, NOW, login_id="c@higashi-gas.example")
    withdraw_request(session, third, by=manager, now=NOW)
    session.flush()
    lines = session.scalars(select(AuditEntry).where(AuditEntry.action.like("request.%")).order_by(AuditEntry.id)).all()
    assert [line.action.partition(".")[2] for line in lines] == [
        *("entered", "accepted", "entered", "cancelled", "entered", "withdrawn")
    ]
    assert {line.organization_id for line in lines} == {organization.id}
    assert (lines[1].user_id, lines[1].subject) == (center.user_id, f"request:{request.public_id}")
    assert '"state": "entered"' in lines[1].before
    assert '"processing_date": "2026-12-01"' in lines[1].after


def test_what_is_kept_belongs_to_the_person_who_entered_it(session: Session, organization: Organization) -> None:
    """E14: organization and author come from the login, never from the form."""
    deputy = make.user(session, organization, contact_role="deputy")
    request = entered(session, organization, acting(deputy), NOW)
    author = session.get_one(User, request.entered_by_id)
    assert (author.id, request.organization_id) == (deputy.id, organization.id)


def test_moments_are_kept_to_the_second(session: Session, organization: Organization, manager: Actor) -> None:
    """R8-2."""
    late = datetime.fromisoformat("2026-11-30T23:59:59+09:00")
    request = entered(session, organization, manager, late)
    session.expire_all()
    assert (request.entered_at, request.number[:6]) == (late, "N-2611")
