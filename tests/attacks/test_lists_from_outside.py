"""A revocation list that somebody on the way, or a careless CA, has made to do harm (A12, A15, E17, I1)."""

import socket
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth import list_sources
from auth.ca_queries import known_cas
from auth.list_refresh import ListDesk, refresh_all
from auth.list_sources import NotFetched, fetch
from auth.list_taking import OLDER, judged, note_brought, set_list_source
from auth.models import Certificate, IssuingCa, RevokedSerial
from auth.pem_file import BrokenPem, pem_blocks
from auth.registry import register_certificate
from auth.revocation_lists import LARGEST_LIST
from base.actors import COMMAND, WORKER
from base.db import db, transaction
from base.refusals import Refused
from demo.authority import make_authority
from tests import make
from tests.browsing import Visitor, logged_in
from tests.cast import Cast
from tests.certificates import A_SECOND, NOW, authority, good, other_authority, pinned
from tests.lists import SINCE, UNTIL, crl

MEGABYTE = 1024 * 1024
NOWHERE = Path("/nowhere")


def take(session: Session, row: IssuingCa, file: bytes) -> None:
    note_brought(session, row, judged(file, row, NOW), by=WORKER, now=NOW)
    session.flush()


def lines_of(session: Session, row: IssuingCa) -> set[str]:
    return set(session.scalars(select(RevokedSerial.serial).where(RevokedSerial.issuing_ca_id == row.id)))


@pytest.fixture
def drip() -> Iterator[str]:
    """A server that sends a byte of its head now and then, without end."""
    is_over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            peer, _ = server.accept()
            with peer:
                peer.sendall(b"HTTP/1.1 200 OK\r\nX-Filler: ")
                for _ in range(100):
                    if is_over.wait(0.05):
                        return
                    try:
                        peer.sendall(b"x")
                    except OSError:
                        return
                peer.sendall(b"\r\nContent-Length: 2\r\n\r\nok")

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/x.crl"
        is_over.set()
        thread.join()


def test_a_server_that_never_finishes_its_head_is_left_in_time(drip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """I1: each byte comes in time, all of them never do."""
    monkeypatch.setattr(list_sources, "ALTOGETHER_SECONDS", 0.5)
    with pytest.raises(NotFetched, match="時間内に応答がありません"):
        fetch(drip, NOWHERE)


def test_the_words_beside_a_redirect_are_not_read_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """I9: they are nobody's list, and yet they are bytes in memory."""
    monkeypatch.setattr(list_sources, "LARGEST_LIST", MEGABYTE)
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = f"http://127.0.0.1:{server.getsockname()[1]}/x.crl"
        sent: list[int] = []

        def serve() -> None:
            peer, _ = server.accept()
            with peer:
                peer.sendall(f"HTTP/1.1 302 Found\r\nLocation: {here}\r\n\r\n".encode())
                try:
                    for _ in range(32):
                        peer.sendall(b"x" * MEGABYTE)
                        sent.append(MEGABYTE)
                except OSError:
                    return

        thread = threading.Thread(target=serve)
        thread.start()
        monkeypatch.setattr(list_sources, "ANSWER_SECONDS", 1)
        with pytest.raises(NotFetched, match="大きすぎます"):
            fetch(here, NOWHERE)
        thread.join()
    assert sum(sent) < 16 * MEGABYTE


@pytest.mark.parametrize(
    "filling",
    [b"MA" * 32 + b"\n", b"M ", b"-x", b"----x", b"-----BEGIN A-----\n"],
    ids=["lines", "gaps", "dash", "dashes", "begins"],
)
def test_the_largest_pem_needs_little_more_room_than_itself(filling: bytes) -> None:
    """E17, I9: whoever serves the list chooses what is in it."""
    body = filling * (LARGEST_LIST // len(filling))
    file = b"-----BEGIN X509 CRL-----\n" + body + b"-----END X509 CRL-----\n"
    tracemalloc.start()
    try:
        [block.der() for block in pem_blocks(file)]
    except BrokenPem:
        pass
    finally:
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 60 * MEGABYTE


def test_a_list_of_the_same_number_but_made_earlier_is_played_back(session: Session) -> None:
    """A12: a CA that forgets to count must not let anybody bring an old list back."""
    row = make.issuing_ca(session)
    take(session, row, crl([1], number=5, since=SINCE + A_SECOND))
    take(session, row, crl([], number=5, since=SINCE))
    assert (lines_of(session, row), row.list_failure) == ({"1"}, OLDER)


def test_what_its_ca_has_revoked_is_not_registered(session: Session) -> None:
    """A12, R4-5: staff would tell the organization that the PC can be used."""
    of, issued = make.organization(session), good()
    take(session, make.issuing_ca(session), crl([issued.certificate.serial_number]))
    with pytest.raises(Refused, match="失効しています"):
        register_certificate(session, issued.der, of, "PC-01", pinned(), by=COMMAND, now=NOW)


def test_the_list_of_a_renewed_ca_speaks_for_all_that_its_key_has_signed(any_app: Flask, any_cast: Cast) -> None:
    """R4-2, R4-5, A12: the old certificate of the CA ended, the list asked for at the new one; the reader's PC is of before."""
    renewed = make_authority(not_before=NOW - A_SECOND, key=authority().ca.key)
    reader, serials = any_cast.nishi_reader, [any_cast.nishi_reader.client.certificate.serial_number]
    with any_app.app_context(), transaction() as session:
        row = make.issuing_ca(session, renewed)
        file = crl(serials, by=renewed)
        set_list_source(session, row, "/x.crl", judged(file, row, NOW), by=COMMAND, now=NOW)
    assert Visitor(any_app, reader.client).get("/login").status_code == 403
    assert Visitor(any_app, any_cast.higashi_reader.client).get("/login").status_code == 200


def test_a_newcomer_of_a_renewed_ca_stands_with_the_row_whose_list_is_asked_for(session: Session) -> None:
    """R4-5, A12."""
    make.issuing_ca(session)
    row = make.issuing_ca(session, make_authority(not_before=NOW - A_SECOND, key=authority().ca.key))
    row.list_source = "/x.crl"
    session.flush()
    entered = register_certificate(session, good().der, make.organization(session), "PC", pinned(), by=COMMAND, now=NOW)
    assert session.get_one(Certificate, entered.certificate_id).issuing_ca_id == row.id


def test_a_ca_without_a_source_has_nothing_to_fail(any_app: Flask, any_cast: Cast) -> None:
    """R8-1: a page kept open after the source was removed notes no failure and no line in the trail."""
    admin = logged_in(any_app, any_cast.administrator)
    with any_app.app_context(), transaction() as session:
        (row,) = known_cas(session)
        row.list_source, row.list_until = "/gone.crl", UNTIL
        path = f"/staff/cas/{row.public_id}"
    form = admin.form(path, f"{path}/refresh")
    with any_app.app_context(), transaction() as session:
        known_cas(session)[0].list_source = ""
    assert admin.post(f"{path}/refresh", form.values).status_code == 409
    with any_app.app_context():
        assert known_cas(db.session())[0].list_failure is None


def test_a_fault_with_one_cas_list_leaves_the_others_to_be_read(
    any_app: Flask, any_cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R4-5: the first CA's trouble must not let the second one's list run out."""
    (tmp_path / "second.crl").write_bytes(crl([7], by=other_authority()))
    with any_app.app_context(), transaction() as session:
        (first,) = known_cas(session)
        first.list_source, first.pem = "first.crl", "no certificate any more"
        second = make.issuing_ca(session, other_authority())
        second.list_source = "second.crl"
    (tmp_path / "first.crl").write_bytes(crl([1]))
    with any_app.app_context():
        with pytest.raises(ValueError, match=r"."):
            refresh_all(ListDesk(tmp_path, ""), by=WORKER)
        assert lines_of(db.session(), db.session.get_one(IssuingCa, second.id)) == {"7"}
