"""R4-5: the database and the pure rule agree on every state; each line knows its last safe day."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy.orm import Session

from auth.certificate_lists import Filters, ending, filtered, lines_in, lines_of, read_filters
from auth.certificate_notices import due_stages
from auth.certificate_queries import every_registration, registered, registrations_of
from auth.certificate_states import CertificateState, state_of
from auth.models import Certificate, CertificateRegistration, Organization, RevokedSerial
from base.business_days import DEFAULT_YEARLY_CLOSING, BusinessCalendar
from tests import make
from tests.certificates import A_SECOND, NOW, other_authority

CALENDAR = BusinessCalendar(frozenset(), DEFAULT_YEARLY_CLOSING)
WATCHED = datetime(2027, 2, 20, 15, 0, tzinfo=UTC)  # midnight in Japan, ninety days and the rest of today after NOW


def row_of(number: int = 1, of: Organization | None = None, **facts: Any) -> CertificateRegistration:
    """Not judged by any CA: any date in any year."""
    line = {name: facts.pop(name) for name in ("suspended_at", "pc_name", "registered_at") if name in facts}
    given: dict[str, Any] = {
        "fingerprint": f"{number:064x}",
        "issuer": "CN=CA",
        "serial": f"{number:x}",
        "subject": "CN=pc",
        "pem": "",
    }
    given |= {"not_before": NOW - timedelta(days=300), "not_after": NOW + timedelta(days=300)}
    certificate = Certificate(**given | facts)
    organization = of or Organization(name="ひがしガス株式会社", created_at=NOW)
    shown = {"pc_name": "PC-01", "registered_at": NOW - timedelta(days=300)} | line
    return CertificateRegistration(
        certificate=certificate, organization=organization, organization_id=organization.id, **shown
    )


def test_the_database_knows_the_same_states_as_the_rule(session: Session) -> None:
    """R4-5, A8, A9: every combination, at every edge to the second."""
    of = make.organization(session)
    ends = [edge + step for edge in (NOW, WATCHED) for step in (-A_SECOND, timedelta(), A_SECOND)]
    begins = (NOW - A_SECOND, NOW, NOW + A_SECOND)
    marks = (None, NOW)
    every = product(ends, begins, marks, marks)
    for number, (not_after, not_before, suspended_at, revoked_at) in enumerate(every, start=1):
        facts = {"not_after": not_after, "not_before": not_before, "suspended_at": suspended_at}
        session.add(row_of(number, of, revoked_at=revoked_at, **facts))
    session.flush()
    rows = session.scalars(every_registration()).all()
    assert len(rows) == 72
    for state in CertificateState:
        found = {row.certificate_id for row in session.scalars(filtered(Filters(state=state), NOW))}
        told = {CertificateState.VALID, CertificateState.EXPIRING} if state is CertificateState.VALID else {state}
        assert found == {row.certificate_id for row in rows if state_of(registered(row), NOW) in told}
        assert found


def test_what_its_ca_has_revoked_is_revoked_here_too(session: Session) -> None:
    """A12: by the CA that it is known to be of, else by that CA's name; another CA's same number says nothing (A14)."""
    of, ca = make.organization(session), make.issuing_ca(session)
    other = make.issuing_ca(session, other_authority())
    soon = NOW + timedelta(days=9)
    session.add(row_of(1, of, not_after=soon, issuing_ca_id=ca.id))
    session.add(row_of(2, of, not_after=soon, issuer=ca.subject))
    session.add(row_of(3, of, not_after=soon, issuing_ca_id=other.id))
    session.add(row_of(5, of, not_after=soon, issuing_ca_id=ca.id))
    since = NOW - timedelta(days=2)
    session.add_all(RevokedSerial(issuing_ca_id=ca.id, serial=f"{number:x}", revoked_at=since) for number in (1, 2, 3))
    session.flush()
    rows = registrations_of(session, of.id)
    states = {line.row.certificate.serial: (str(line.state), line.listed_at) for line in lines_in(session, rows, NOW)}
    assert states == {
        "1": ("revoked", since),
        "2": ("revoked", since),
        "3": ("expiring", None),
        "5": ("expiring", None),
    }
    revoked = session.scalars(filtered(Filters(state="revoked"), NOW)).all()
    assert {row.certificate.serial for row in revoked} == {"1", "2"}
    assert due_stages(session, of.id, NOW) == {
        row.certificate_id: 14 for row in rows if row.certificate.serial in {"3", "5"}
    }


@pytest.mark.parametrize(("today", "is_late"), [(date(2019, 1, 10), False), (date(2019, 1, 11), True)])
def test_the_last_safe_day_of_the_guide(today: date, *, is_late: bool) -> None:
    """R4-5: expiry 2019-01-31 → D = 2019-01-10 (OK 01-15, M 01-16, M+6 01-24)."""
    not_after = datetime(2019, 1, 31, 14, 59, 59, tzinfo=UTC)
    now = datetime(today.year, today.month, today.day, 3, tzinfo=UTC)
    (line,) = lines_of([row_of(not_before=now - timedelta(days=700), not_after=not_after)], CALENDAR, now)
    assert (line.last_day, line.last_safe_on) == (date(2019, 1, 31), date(2019, 1, 10))
    assert line.is_late(today) is is_late
    assert ending([line]) == [line]


def test_what_serves_no_longer_has_no_last_safe_day() -> None:
    """R4-5: nor is it ever late."""
    for row in (row_of(suspended_at=NOW), row_of(revoked_at=NOW), row_of(not_after=NOW)):
        (line,) = lines_of([row], CALENDAR, NOW)
        assert line.last_safe_on is None
        assert not line.is_late(date(2099, 1, 1))


def test_a_successor_is_looked_for_in_the_same_organization_alone() -> None:
    """R4-5, R8-4."""
    one, two = (Organization(id=number, name=f"事業者{number}", created_at=NOW) for number in (1, 2))
    soon, later = NOW + timedelta(days=9), NOW + timedelta(days=700)
    lines = lines_of([row_of(1, one, not_after=soon), row_of(2, two, not_after=later)], CALENDAR, NOW)
    assert [str(line.succession) for line in lines] == ["none", "none"]
    lines = lines_of([row_of(1, one, not_after=soon), row_of(2, one, not_after=later)], CALENDAR, NOW)
    assert [str(line.succession) for line in lines] == ["same_pc", "none"]


@pytest.mark.parametrize(
    ("given", "filters"),
    [
        ({}, Filters()),
        ({"state": "expired", "q": " PC\0 ", "page": "3"}, Filters("expired", "", "PC", 3)),
        ({"state": "<b>", "page": "-1"}, Filters()),
        ({"page": "99999"}, Filters()),
        ({"page": "０"}, Filters()),
        ({"q": "あ" * 500}, Filters(words="あ" * 200)),
    ],
)
def test_filters_stand_in_the_address(given: dict[str, str], filters: Filters) -> None:
    """R8-3: what can't be read narrows nothing."""
    assert read_filters(given) == filters


def test_filters_lead_back_to_themselves() -> None:
    assert Filters("valid", "abc", "PC 1", 2).query(3) == "state=valid&organization=abc&q=PC+1&page=3"
    assert Filters().query() == ""
