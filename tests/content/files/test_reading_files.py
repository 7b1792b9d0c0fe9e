"""Attachments at the reader's door: who, under which headers, and what is said to everybody else."""

import hashlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from base.db import transaction
from tests.browsing import Visitor, logged_in
from tests.cast import Cast, Person, make_cast
from tests.certificates import NOW
from tests.conftest import Hands
from tests.content.library import Library
from tests.settings import settings_for

Enter = Callable[[Person], Visitor]
CONTENT = b"%PDF-1.7 " + b"content " * 20_000


def content() -> BytesIO:
    return BytesIO(CONTENT)


def status(visitor: Visitor, path: str, headers: dict[str, str] | None = None) -> int:
    with visitor.get(path, headers) as answer:
        return answer.status_code


def test_an_attachment_is_saved_and_never_run(cast: Cast, library: Library, enter: Enter) -> None:
    """E2, E3: as attachment, under its own name, of the type that was found out, in a sandbox."""
    file = library.attach(library.publish("taxis"), content, name='手順 "1".pdf')
    answer = enter(cast.higashi_reader).get(f"/files/{file}")
    assert answer.data == CONTENT
    headers = answer.headers
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Length"] == str(len(CONTENT))
    assert headers["Content-Disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''%E6%89%8B%E9%A0%86" in headers["Content-Disposition"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cache-Control"] == "private, no-cache"
    assert "Set-Cookie" not in headers


def test_the_page_names_its_files(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-4, R7-5: kind, size and pages beside the name, the checksum to unfold; a removed one is gone."""
    article = library.publish("taxis")
    file = library.attach(article, content)
    removed = library.attach(article, content, removed_at=NOW)
    page = enter(cast.higashi_reader).page(f"/articles/{article}")
    assert f'<a href="/files/{file}">手順書.pdf</a><p>PDF ・ 156KB ・ 3ページ</p>' in page
    assert f"SHA-256 <code>{hashlib.sha256(CONTENT).hexdigest()}</code>" in page
    assert "ウイルス検査" not in page
    assert removed not in page
    assert "1件" in page


def test_a_known_version_is_not_sent_again_but_only_to_those_who_may(
    cast: Cast, library: Library, enter: Enter
) -> None:
    """E11: 304 comes after the permission; with the right tag in hand the outsider hears what a stranger hears."""
    file = library.attach(library.publish("taxis"), content)
    reader, outsider = enter(cast.higashi_reader), enter(cast.nishi_reader)
    with reader.get(f"/files/{file}") as sent:
        tag = sent.headers["ETag"]
    known = reader.get(f"/files/{file}", {"If-None-Match": tag})
    assert (known.status_code, known.data, known.headers["ETag"]) == (304, b"", tag)
    assert status(reader, f"/files/{file}", {"If-None-Match": '"other"'}) == 200
    for condition in (tag, "*"):
        answer = outsider.get(f"/files/{file}", {"If-None-Match": condition})
        absent = outsider.get("/files/0123456789ab", {"If-None-Match": condition})
        assert answer.status_code == absent.status_code == 404
        assert answer.data == absent.data
        assert "ETag" not in answer.headers


@pytest.mark.parametrize(
    "gone",
    [{"published_at": None}, {"withdrawn_at": NOW, "withdraw_reason": "誤り"}, {"ends_at": NOW}],
    ids=["draft", "withdrawn", "ended"],
)
def test_files_of_what_readers_cannot_see_are_for_those_who_publish(
    gone: dict[str, object], cast: Cast, library: Library, enter: Enter
) -> None:
    """R7-4, E9, E12: reception opens them; readers and the other staff get 404."""
    article = library.publish("taxis")
    file = library.attach(article, content)
    reader = enter(cast.higashi_reader)
    assert status(reader, f"/files/{file}") == 200
    library.change(article, **gone)
    assert status(reader, f"/files/{file}") == 404
    assert status(enter(cast.operations), f"/files/{file}") == 404
    assert enter(cast.reception).get(f"/files/{file}").data == CONTENT


def test_a_removed_file_is_for_those_who_publish(cast: Cast, library: Library, enter: Enter) -> None:
    """E12."""
    file = library.attach(library.publish("taxis"), content, removed_at=NOW)
    assert status(enter(cast.higashi_reader), f"/files/{file}") == 404
    assert status(enter(cast.reception), f"/files/{file}") == 200


def test_a_lost_file_is_a_fault_and_no_empty_answer(cast: Cast, library: Library, enter: Enter) -> None:
    """I13."""
    file = library.attach(library.publish("taxis"), content)
    for stored in library.store.root.rglob("*"):
        if stored.is_file():
            stored.unlink()
    answer = enter(cast.higashi_reader).get(f"/files/{file}")
    assert answer.status_code == 500
    assert "EF9999" in answer.text


@pytest.fixture
def fronted(sqlite_url: str, tmp_path: Path, hands: Hands) -> Iterator[Flask]:
    app = create_app(settings_for(sqlite_url, tmp_path, are_files_sent_by_front=True))
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


def test_behind_the_front_the_front_sends_the_file(fronted: Flask) -> None:
    """E3, E9: the application says which, only to those who may; the path is the store's own."""
    with fronted.app_context(), transaction() as session:
        cast = make_cast(session)
    library = Library(fronted, cast)
    file = library.attach(library.publish("taxis"), content)
    answer = logged_in(fronted, cast.higashi_reader).get(f"/files/{file}")
    assert answer.data == b""
    path = answer.headers["X-Accel-Redirect"].removeprefix("/_files/")
    assert (library.store.root / path).read_bytes() == CONTENT
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    refused = logged_in(fronted, cast.nishi_reader).get(f"/files/{file}")
    assert refused.status_code == 404
    assert "X-Accel-Redirect" not in refused.headers
