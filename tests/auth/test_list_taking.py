"""What a fetched list changes, and when its CA's certificates are shut out (R4-5, A12), on both databases."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import create_app
from auth.ca_queries import known_cas
from auth.issuing_cas import IssuingCas
from auth.list_alarms import KIND, alarm_composer
from auth.list_refresh import ListDesk, refresh_all
from auth.list_states import ListState, list_state
from auth.list_taking import OLDER, drop_list_source, judged, note_brought, set_list_source
from auth.models import Certificate, IssuingCa, LoginSession, RevokedSerial
from auth.registry import register_certificate
from base.actors import COMMAND, WORKER
from base.audit import AuditEntry
from base.db import db, transaction
from base.mail_claims import claim
from base.outbox import Mail
from base.refusals import Refused
from demo.authority import Issued
from tests import make
from tests.browsing import Visitor, logged_in
from tests.cast import Cast, make_cast
from tests.certificates import A_SECOND, NOW, authority, other_authority, recreated_authority
from tests.conftest import Hands
from tests.lists import UNTIL, crl
from tests.settings import BASE_URL, OPERATOR, RECEPTION, settings_for

REVOKED = "<h1>このクライアント証明書は失効しています</h1>"
STALE = "<h1>クライアント証明書が失効していないかを確認できません</h1>"


def lines_of(session: Session, row: IssuingCa) -> set[str]:
    return set(session.scalars(select(RevokedSerial.serial).where(RevokedSerial.issuing_ca_id == row.id)))


def take(session: Session, row: IssuingCa, file: bytes) -> None:
    note_brought(session, row, judged(file, row, NOW), by=WORKER, now=NOW)
    session.flush()


def actions(session: Session) -> list[str]:
    session.flush()
    found = session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("ca.list%")).order_by(AuditEntry.id))
    return list(found)


def test_a_new_list_replaces_the_old_one_by_difference(session: Session) -> None:
    """A12, R8-1: what the CA takes off its list is free again."""
    row = make.issuing_ca(session)
    take(session, row, crl([1, 2, 3]))
    assert lines_of(session, row) == {"1", "2", "3"}
    take(session, row, crl([2, 3, 26, 26], number=2, until=UNTIL + A_SECOND))
    assert lines_of(session, row) == {"2", "3", "1a"}
    assert (row.list_number, row.list_until, row.list_read_at) == ("2", UNTIL + A_SECOND, NOW)
    assert actions(session) == ["ca.list_taken"] * 2


def test_each_ca_has_its_own_lines(session: Session) -> None:
    """A14: a serial means nothing without its issuer."""
    one, two = make.issuing_ca(session), make.issuing_ca(session, other_authority())
    take(session, one, crl([1, 2]))
    take(session, two, crl([2], by=other_authority()))
    take(session, one, crl([], number=2))
    assert (lines_of(session, one), lines_of(session, two)) == (set(), {"2"})


def test_the_same_bytes_again_are_only_noted(session: Session) -> None:
    """R4-5: parsed once."""
    row, file = make.issuing_ca(session), crl([1])
    take(session, row, file)
    row.list_failure = "before"
    assert judged(file, row, NOW).found is None
    take(session, row, file)
    assert [row.list_failure, lines_of(session, row), actions(session)] == [None, {"1"}, ["ca.list_taken"]]


def test_two_hosts_that_fetched_the_same_list_take_it_in_once(session: Session) -> None:
    """R4-5, R8-1, F11."""
    row, file = make.issuing_ca(session), crl([1, 2])
    both = [judged(file, row, NOW) for _ in range(2)]
    for brought in both:
        note_brought(session, row, brought, by=WORKER, now=NOW)
    assert (lines_of(session, row), actions(session)) == ({"1", "2"}, ["ca.list_taken"])


@pytest.mark.parametrize(
    "file",
    [b"garbage", crl([5], number=1), crl([5], by=recreated_authority(), number=9)],
    ids=["garbage", "older", "forged"],
)
def test_what_is_no_good_is_noted_once_and_the_old_lines_stay(session: Session, file: bytes) -> None:
    """A12, A15, R4-5."""
    row = make.issuing_ca(session)
    take(session, row, crl([1], number=3))
    take(session, row, file)
    take(session, row, file)
    assert lines_of(session, row) == {"1"}
    assert row.list_failure
    assert row.list_failed_at == NOW
    assert actions(session) == ["ca.list_taken", "ca.list_failed"]
    take(session, row, crl([1, 2], number=4))
    assert [row.list_failure, row.list_failed_at] == [None, None]


def test_a_source_is_set_only_with_a_list_that_was_read(session: Session) -> None:
    """R4-5: nobody shuts himself out by a word."""
    row = make.issuing_ca(session)
    for file, why in ((b"garbage", "読み取れません"), (crl(until=NOW), "次回更新日時を過ぎて")):
        with pytest.raises(Refused, match=why):
            set_list_source(session, row, "/x.crl", judged(file, row, NOW), by=COMMAND, now=NOW)
    good = crl([1], number=2)
    set_list_source(session, row, "/x.crl", judged(good, row, NOW), by=COMMAND, now=NOW)
    assert (row.list_source, lines_of(session, row)) == ("/x.crl", {"1"})
    with pytest.raises(Refused, match=OLDER):
        set_list_source(session, row, "/y.crl", judged(crl(number=1), row, NOW), by=COMMAND, now=NOW)
    drop_list_source(session, row, by=COMMAND, now=NOW)
    with pytest.raises(Refused):
        drop_list_source(session, row, by=COMMAND, now=NOW)
    assert (row.list_source, lines_of(session, row)) == ("", {"1"})
    with pytest.raises(Refused, match="次回更新日時を過ぎて"):
        set_list_source(session, row, "/x.crl", judged(good, row, NOW), by=COMMAND, now=UNTIL)
    assert actions(session) == ["ca.list_source_set", "ca.list_taken", "ca.list_source_removed"]


def test_a_list_is_stale_from_its_next_update_on(session: Session) -> None:
    """R4-5."""
    row = make.issuing_ca(session)
    assert list_state(row, NOW) is ListState.UNASKED
    row.list_source = "/x.crl"
    assert list_state(row, NOW) is ListState.STALE
    take(session, row, crl())
    assert list_state(row, UNTIL - A_SECOND) is ListState.GOOD
    row.list_failure = "no answer"
    assert list_state(row, UNTIL - A_SECOND) is ListState.FAILED
    assert list_state(row, UNTIL) is ListState.STALE


Listing = Callable[..., None]


@pytest.fixture
def listing(any_app: Flask, any_cast: Cast) -> Listing:
    """Give the cast's CA that list, as from a file that is asked for."""

    def give(*revoked: int, number: int = 1, **facts: object) -> None:
        file = crl(revoked, number=number, **facts)  # type: ignore[arg-type] # handed on
        with any_app.app_context(), transaction() as session:
            (row,) = known_cas(session)
            set_list_source(session, row, "/x.crl", judged(file, row, NOW), by=COMMAND, now=NOW)

    return give


def serial_of(client: Issued) -> int:
    return client.certificate.serial_number


def test_a_listed_certificate_is_out_at_the_next_request(any_app: Flask, any_cast: Cast, listing: Listing) -> None:
    """A12, A11, R4-5: in the middle of a session, whatever our own registry says; and nobody else's."""
    inside, outsider = logged_in(any_app, any_cast.higashi_reader), logged_in(any_app, any_cast.nishi_reader)
    listing(serial_of(any_cast.higashi_reader.client))
    answer = inside.get("/")
    assert (answer.status_code, REVOKED in answer.text) == (403, True)
    assert outsider.get("/").status_code == 200
    listing(number=2)
    assert inside.get("/").status_code == 303  # that session is over


def test_the_list_of_another_ca_of_that_name_counts_for_its_own_certificates(any_app: Flask, any_cast: Cast) -> None:
    """A14, A15: same issuer's name, same serial, another key."""
    reader = any_cast.higashi_reader
    file = crl([serial_of(reader.client)], by=recreated_authority())
    with any_app.app_context(), transaction() as session:
        row = make.issuing_ca(session, recreated_authority())
        set_list_source(session, row, "/x.crl", judged(file, row, NOW), by=COMMAND, now=NOW)
    assert Visitor(any_app, reader.client).get("/login").status_code == 200
    with any_app.app_context(), transaction() as session:
        session.execute(update(Certificate).values(issuing_ca_id=None))
    # Registered before its CA was a row: it goes by the name.
    assert REVOKED in Visitor(any_app, reader.client).get("/login").text


def test_with_a_stale_list_nobody_of_that_ca_comes_in_until_there_is_a_new_one(
    any_app: Flask, any_cast: Cast, listing: Listing, hands: Hands
) -> None:
    """R4-5: fails closed; no session is lost by it."""
    inside = logged_in(any_app, any_cast.nishi_reader)
    listing(until=NOW + timedelta(minutes=10))
    hands.now = NOW + timedelta(minutes=10) - A_SECOND
    assert inside.get("/").status_code == 200
    hands.now += A_SECOND
    answer = inside.get("/")
    assert (answer.status_code, STALE in answer.text) == (403, True)
    with any_app.app_context():
        assert db.session.scalars(select(LoginSession).where(LoginSession.ended_at.is_not(None))).all() == []
    listing(number=2)
    assert inside.get("/").status_code == 200


def test_certificates_of_a_ca_without_a_list_are_not_touched_by_anothers(
    any_app: Flask, any_cast: Cast, hands: Hands
) -> None:
    """R4-2, R4-5: the old CA and the new one each have their own."""
    with any_app.app_context(), transaction() as session:
        row = make.issuing_ca(session, other_authority())
        row.list_source = "/x.crl"
    assert Visitor(any_app, any_cast.nishi_reader.client).get("/login").status_code == 200


def test_a_ca_whose_list_was_never_read_is_shut(any_app: Flask, any_cast: Cast) -> None:
    """R4-5."""
    with any_app.app_context(), transaction() as session:
        session.execute(update(IssuingCa).values(list_source="/never.crl"))
    assert STALE in Visitor(any_app, any_cast.nishi_reader.client).get("/login").text


def test_the_setting_leaves_the_door_open_with_a_stale_list_but_not_for_the_listed(
    sqlite_url: str, tmp_path: Path, hands: Hands
) -> None:
    """R4-5."""
    app = create_app(settings_for(sqlite_url, tmp_path, are_stale_lists_closed=False))
    with app.app_context(), transaction() as session:
        cast = make_cast(session)
        (row,) = known_cas(session)
        file = crl([serial_of(cast.higashi_reader.client)])
        set_list_source(session, row, "/x.crl", judged(file, row, NOW), by=COMMAND, now=NOW)
    hands.now = UNTIL
    assert Visitor(app, cast.nishi_reader.client).get("/login").status_code == 200
    assert REVOKED in Visitor(app, cast.higashi_reader.client).get("/login").text


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["cas", *arguments])


def only_ca(app: Flask) -> str:
    return run(app, "list").output.split()[0]


def test_a_list_is_read_again_when_it_has_changed(app: Flask, cast: Cast) -> None:
    """R4-5: a bare name lies beside the bundle of CAs; the door follows."""
    file, visitor = app.config["PORTAL"].client_ca_file.parent / "demo.crl", Visitor(app, cast.nishi_reader.client)
    file.write_bytes(crl())
    told = run(app, "source", only_ca(app), "demo.crl")
    assert (told.exit_code, told.output.startswith("list good")) == (0, True), told.output
    assert visitor.get("/login").status_code == 200
    file.write_bytes(crl([serial_of(cast.nishi_reader.client)], number=2))
    assert run(app, "refresh").exit_code == 0
    assert REVOKED in visitor.get("/login").text
    assert run(app, "source", only_ca(app)).exit_code == 0
    assert "list unasked" in run(app, "list").output
    assert REVOKED in visitor.get("/login").text


@pytest.mark.parametrize("source", ["absent.crl", "ftp://ca.example/x.crl", "../x.crl", "/etc/passwd", "/dev/zero.crl"])
def test_a_source_that_brings_nothing_is_refused(app: Flask, cast: Cast, source: str) -> None:
    """R8-3."""
    assert run(app, "source", only_ca(app), source).exit_code == 1
    assert run(app, "source", "nobody", "x.crl").exit_code == 1
    assert Visitor(app, cast.nishi_reader.client).get("/login").status_code == 200


def test_staff_hear_once_a_day_and_no_more_when_it_is_mended(app: Flask, cast: Cast, hands: Hands) -> None:
    """R4-5: an alarm when the list can't be had, again each day, skipped when there is nothing to tell."""
    desk = ListDesk(app.config["PORTAL"].client_ca_file.parent, RECEPTION.mail)
    file = desk.folder / "demo.crl"
    file.write_bytes(crl())
    assert run(app, "source", only_ca(app), "demo.crl").exit_code == 0
    file.unlink()
    composers = {KIND: alarm_composer(BASE_URL, OPERATOR.name, are_closed=True)}
    with app.app_context():
        for minutes in (5, 10, 24 * 60):
            hands.now = NOW + timedelta(minutes=minutes)
            refresh_all(desk, by=WORKER)
        mails = db.session.scalars(select(Mail).where(Mail.kind == "list-alarm").order_by(Mail.id)).all()
        assert [mail.address for mail in mails] == [RECEPTION.mail] * 2
        due, (first, _) = claim(db.engine, composers, "w/1", hands.now)
        assert due == 2
        assert "【要対応】失効リスト" in first.composed.subject
        assert all(
            word in first.composed.body
            for word in ("CN=Demo Client CA", "demo.crl", "取得元のファイルがありません", "11/29(日)")
        )
        file.write_bytes(crl(number=2))
        hands.now += timedelta(days=2)
        file.unlink()
        refresh_all(desk, by=WORKER)
        file.write_bytes(crl(number=2))
        refresh_all(desk, by=WORKER)
        _, to_send = claim(db.engine, composers, "w/1", hands.now)
        assert to_send == []


def test_an_installation_of_before_is_taken_in_by_one_command(app: Flask) -> None:
    """R4-2: certificates of before, then the row, then its list."""
    with app.app_context(), transaction() as session:
        of, cas = make.organization(session), IssuingCas.from_pem([authority().ca.pem])
        client = make.client_certificate()
        register_certificate(session, client.der, of, "PC", cas, by=COMMAND, now=NOW)
    bundle = app.config["PORTAL"].client_ca_file
    assert run(app, "add", str(bundle)).exit_code == 0
    (bundle.parent / "demo.crl").write_bytes(crl([serial_of(client)]))
    assert run(app, "source", only_ca(app), "demo.crl").exit_code == 0
    assert REVOKED in Visitor(app, client).get("/login").text
