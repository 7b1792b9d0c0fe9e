from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from base.db import db, transaction
from demo.inbox import find_letter, letters
from demo.sink import Folder
from tests.browsing import Visitor
from tests.cast import Cast, make_cast
from tests.conftest import Hands
from tests.settings import settings_for

FIRST, SECOND = "00000000000000000001-000001", "00000000000000000002-000002"


def eml(subject: str, body: str, recipient: str = "higashino@higashi-gas.example") -> bytes:
    lines = [
        "From: info@minami-network.example",
        f"To: {recipient}",
        f"Subject: {subject}",
        "Date: Mon, 23 Nov 2026 10:00:00 +0900",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: 8bit",
        "",
        body,
    ]
    return "\r\n".join(lines).encode()


@pytest.fixture
def mails(tmp_path: Path) -> Path:
    folder = Folder(tmp_path / "mail")
    folder.write(f"{FIRST}.eml", eml("First", "Older."))
    folder.write(f"{SECOND}.eml", eml("Second", "See https://localhost:8443/verify/abc.def<b>now</b>"))
    return tmp_path / "mail"


@pytest.fixture
def demo_app(sqlite_url: str, tmp_path: Path, mails: Path, hands: Hands) -> Iterator[Flask]:
    app = create_app(settings_for(sqlite_url, tmp_path, is_demo=True, mail_dir=mails))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def demo_cast(demo_app: Flask) -> Cast:
    with demo_app.app_context(), transaction() as session:
        return make_cast(session)


def test_the_newest_mail_stands_first(demo_app: Flask, demo_cast: Cast) -> None:
    page = Visitor(demo_app, demo_cast.higashi_reader.client).page("/demo/inbox")
    assert 0 < page.index("Second") < page.index("First")


def test_addresses_in_a_mail_are_links_and_nothing_else_is_markup(demo_app: Flask, demo_cast: Cast) -> None:
    page = Visitor(demo_app, demo_cast.higashi_reader.client).page(f"/demo/inbox/{SECOND}")
    assert '<a href="https://localhost:8443/verify/abc.def">https://localhost:8443/verify/abc.def</a>' in page
    assert "&lt;b&gt;now&lt;/b&gt;" in page


def test_an_empty_inbox_says_what_will_be_there(demo_app: Flask, demo_cast: Cast, mails: Path) -> None:
    for file in mails.iterdir():
        file.unlink()
    assert "まだメールはありません" in Visitor(demo_app, demo_cast.higashi_reader.client).page("/demo/inbox")


def test_a_mail_that_is_being_written_is_not_there_yet(mails: Path) -> None:
    (mails / f".{FIRST[:-1]}9.eml.part").write_bytes(b"half")
    assert [letter.name for letter in letters(mails)] == [SECOND, FIRST]


@pytest.mark.parametrize("name", ["..%2Faccounts", "portal", FIRST + ".eml", "00000000000000000009-000009"])
def test_no_other_file_can_be_asked_for(demo_app: Flask, demo_cast: Cast, mails: Path, name: str) -> None:
    """E2."""
    assert Visitor(demo_app, demo_cast.higashi_reader.client).get(f"/demo/inbox/{name}").status_code == 404
    assert find_letter(mails, name) is None


def test_without_a_certificate_even_the_demo_shows_no_mail(demo_app: Flask, demo_cast: Cast) -> None:
    """R4-1."""
    assert Visitor(demo_app, None).get("/demo/inbox").status_code == 403


def test_outside_the_demo_there_is_neither_an_inbox_nor_a_link_to_one(app: Flask, cast: Cast) -> None:
    visitor = Visitor(app, cast.higashi_reader.client)
    visitor.log_in(cast.higashi_reader.login_id)
    assert visitor.get("/demo/inbox").status_code == 404
    assert not [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/demo")]
    assert "/demo/inbox" not in visitor.page("/")


def test_in_the_demo_every_screen_leads_to_the_inbox(demo_app: Flask, demo_cast: Cast) -> None:
    visitor = Visitor(demo_app, demo_cast.higashi_reader.client)
    visitor.log_in(demo_cast.higashi_reader.login_id)
    assert 'href="/demo/inbox"' in visitor.page("/")
