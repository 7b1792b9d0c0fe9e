"""What stands, what comes, what can be asked for: plain values in, plain values out."""

from datetime import UTC, datetime, timedelta

import pytest

from rights.codes import System
from rights.held import Held
from rights.people.choices import Choice, PersonFacts, choices
from rights.people.filters import PeopleFilters, read_filters
from rights.people.held_cells import held_cells
from rights.people.timeline import timeline
from rights.request_dates import Turn
from rights.request_states import RequestKind

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
DAY = timedelta(days=1)
T, J = System.TAXIS, System.JOHS
HELD = [
    Held(T, "1010", NOW - 9 * DAY, NOW - 2 * DAY),
    Held(T, "1011", NOW - 2 * DAY, NOW + 3 * DAY),
    Held(T, "1012", NOW + 3 * DAY),
    Held(J, "J1010", NOW - 9 * DAY, NOW + DAY),
    # Taken away before it began.
    Held(J, "J1010", NOW + 5 * DAY, NOW + 5 * DAY),
]


def test_each_system_shows_what_is_held_and_what_comes_next() -> None:
    """R5-10, R5-18."""
    taxis, johs, juju, _loacus = held_cells(HELD, NOW)
    assert taxis.now is not None
    assert taxis.coming is not None
    assert (taxis.now.code, taxis.coming.code, taxis.ends_at) == ("1011", "1012", None)
    assert (johs.ends_at, johs.coming, juju.now, juju.coming) == (NOW + DAY, None, None, None)


def test_the_timeline_tells_what_became_of_rights_and_what_will() -> None:
    """R5-18: what begins and ends at one moment stands in one line; what never was isn't told."""
    points = timeline(HELD, NOW)
    assert [(point.at - NOW, point.turn, point.systems, point.is_past) for point in points] == [
        (-9 * DAY, Turn.STARTS, ((T, "1010"), (J, "J1010")), True),
        (-2 * DAY, Turn.CHANGES, ((T, "1011"),), True),
        (DAY, Turn.ENDS, ((J, ""),), False),
        (3 * DAY, Turn.CHANGES, ((T, "1012"),), False),
    ]
    assert [point.turn for point in timeline(HELD, NOW, most_past=1)] == [Turn.CHANGES, Turn.ENDS, Turn.CHANGES]


NEW, CHANGE, REMOVAL = RequestKind.NEW, RequestKind.CHANGE, RequestKind.REMOVAL
ALL = {Choice.CHANGE, Choice.CORRECT, Choice.NEW_ID, Choice.REMOVE}


@pytest.mark.parametrize(
    ("facts", "may"),
    [
        (PersonFacts(has_rights=True), ALL),
        (PersonFacts(has_rights=True, open_kind=CHANGE), {Choice.REMOVE}),
        (PersonFacts(has_rights=True, open_kind=REMOVAL), set()),
        (PersonFacts(has_rights=True, open_kind=REMOVAL, follows=True), {Choice.REMOVE}),
        (PersonFacts(has_rights=False, open_kind=NEW), {Choice.REMOVE}),
        (PersonFacts(has_rights=True, is_deleted=True), {Choice.REMOVE, Choice.ANEW}),
        (PersonFacts(has_rights=True, is_deleted=True, open_kind=REMOVAL), {Choice.ANEW}),
        (PersonFacts(has_rights=False, is_deleted=True, open_kind=NEW), {Choice.REMOVE}),
        (PersonFacts(has_rights=False), {Choice.ANEW}),
        (PersonFacts(has_rights=False, is_contact_manager=True), {Choice.CORRECT, Choice.ANEW}),
    ],
)
def test_what_can_be_asked_for_depends_on_what_is_under_way(facts: PersonFacts, may: set[Choice]) -> None:
    """R5-17, R5-18, R5-21, R5-43."""
    assert choices(facts) == may


@pytest.mark.parametrize(
    "odd", [{"state": "x"}, {"contractor": "' OR 1=1"}, {"system": "API"}, {"after": "1"}, {"from": "2026-13-01"}]
)
def test_what_can_not_be_read_narrows_nothing(odd: dict[str, str]) -> None:
    """R8-3."""
    assert read_filters(odd) == PeopleFilters()


def test_filters_stand_in_the_address_as_they_are_read() -> None:
    """R5-19."""
    given = {"q": "南", "state": "removed", "contractor": "own", "system": "JUJU", "until": "2026-11-01"}
    query = read_filters(given).query()
    assert read_filters(dict(pair.split("=") for pair in query.replace("%E5%8D%97", "南").split("&"))) == read_filters(
        given
    )
