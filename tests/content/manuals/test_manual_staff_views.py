"""Staff keep the versions of a manual through the real forms, and tell of them by an update."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from auth.models import Organization, User
from base.db import db, transaction
from base.outbox import Mail
from content.models import Attachment
from tests import hostile_files, make
from tests.browsing import Visitor, forms_of
from tests.cast import Cast, Person
from tests.conftest import Hands
from tests.content.library import Library
from tests.content.writing.test_publishing_views import large, send_from, stored

Enter = Callable[[Person], Visitor]


@pytest.fixture
def desk(enter: Enter, cast: Cast) -> Visitor:
    return enter(cast.reception)


def begun(app: Flask, cast: Cast, library: Library, desk: Visitor) -> tuple[str, str]:
    """The staff's addresses of an article on TAXIS, and of the manual that its file became."""
    with app.app_context(), transaction() as session:
        higashi = session.get_one(Organization, cast.higashi_manager.organization_id)
        make.address(session, higashi, session.get_one(User, cast.reception.user_id), "contact@higashi-gas.example")
    article = library.publish("taxis", kind="manual", title="マニュアルのご案内", source="ご案内の本文です。")
    file = library.attach(article, lambda: io.BytesIO(hostile_files.pdf(1)), name="操作マニュアル_第1版.pdf")
    home = f"/staff/articles/{article}"
    begin = f"{home}/files/{file}/manual"
    assert f'href="{begin}"' in desk.page(home)
    form = desk.form(begin, begin)
    assert form.values["name"] == "操作マニュアル"
    return home, desk.post(begin, form.values).headers["Location"]


def register(desk: Visitor, manual: str, content: bytes, **filled: Any) -> TestResponse:
    form = desk.form(manual, manual)
    values = {**form.values, "what_changed": "図3を差し替えた", "files": [(io.BytesIO(content), "第2版.pdf")]}
    return large(desk, manual, {**values, **filled})


def versions(app: Flask) -> list[tuple[int | None, str | None]]:
    with app.app_context():
        rows = db.session.execute(select(Attachment.version, Attachment.what_changed).order_by(Attachment.version))
        return [(row.version, row.what_changed) for row in rows]


def test_from_a_file_to_its_second_version_to_the_mail(
    app: Flask, cast: Cast, library: Library, desk: Visitor, enter: Enter, hands: Hands
) -> None:
    """R9-12, R7-13: the mail goes with the article's update, which begins with what changed."""
    home, manual = begun(app, cast, library, desk)
    hands.now += timedelta(minutes=1)
    reader = enter(cast.higashi_reader)
    public_id = manual.rpartition("/")[2]
    assert register(desk, manual, hostile_files.pdf(2)).headers["Location"] == manual
    assert versions(app) == [(1, ""), (2, "図3を差し替えた")]
    page = desk.page(manual)
    assert "第2版は、まだメールで知らせていません" in page
    assert "受付 良子" in page
    assert "図3を差し替えた" in reader.page(f"/manuals/{public_id}")
    assert "第2版" in desk.page(home)
    with app.app_context():
        assert db.session.scalars(select(Mail)).all() == []
    editor = desk.form(f"{manual}/announcement", f"{home}/check")
    source = editor.values["source"]
    assert source.startswith(f"**[操作マニュアル](/manuals/{public_id}) を第2版に改訂しました(2026/11/22(日))。**")
    assert source.endswith("- 図3を差し替えた\n\nご案内の本文です。")
    sheet = desk.post(f"{home}/check", editor.values)
    assert send_from(desk, sheet, f"{home}/update").status_code == 303
    with app.app_context():
        assert [mail.address for mail in db.session.scalars(select(Mail))] == ["contact@higashi-gas.example"]
    assert "まだメールで知らせていません" not in desk.page(manual)
    shown = reader.page(home.removeprefix("/staff"))
    assert f'<a href="/manuals/{public_id}">操作マニュアル</a>' in shown


def test_what_was_typed_about_a_version_stays_when_it_is_refused(
    app: Flask, cast: Cast, library: Library, desk: Visitor
) -> None:
    """R8-3, E3, E18, G1: nothing is half-stored; pressed twice it is one version."""
    _home, manual = begun(app, cast, library, desk)
    before = len(stored(app))
    for content, filled, words in (
        (b"<html>", {}, "「第2版.pdf」"),
        (hostile_files.pdf(2), {"what_changed": " "}, "入力してください。"),
        (hostile_files.pdf(2), {"files": []}, "ファイルを選んでください。"),
        (hostile_files.pdf(2), {"after": "0"}, "第1版が登録されました"),
    ):
        answer = register(desk, manual, content, **filled)
        assert answer.status_code in {409, 422}, words
        assert words in answer.text
        assert filled or "図3を差し替えた" in answer.text
    assert versions(app) == [(1, "")]
    assert len(stored(app)) == before
    form = desk.form(manual, manual)
    for _ in range(2):
        values = {**form.values, "what_changed": "直した", "files": [(io.BytesIO(hostile_files.pdf(2)), "二.pdf")]}
        assert large(desk, manual, values).headers["Location"] == manual
    assert versions(app) == [(1, ""), (2, "直した")]


def test_a_version_is_corrected_and_taken_back(
    app: Flask, cast: Cast, library: Library, desk: Visitor, enter: Enter
) -> None:
    """R9-12, E9, E14: by those who publish, within the article that has it."""
    home, manual = begun(app, cast, library, desk)
    register(desk, manual, hostile_files.pdf(2))
    page = desk.page(manual)
    correcting = [form for form in forms_of(page) if "/versions/" in form.action and not form.action.endswith("/back")]
    second = correcting[0].action
    field = f"{second.rpartition('/')[2]}-what_changed"
    refused = desk.post(second, {**correcting[0].values, field: "あ" * 501})
    assert refused.status_code == 422
    assert "あ" * 501 in refused.text
    assert desk.post(second, {**correcting[0].values, field: "図4を差し替えた"}).status_code == 303
    assert desk.submit(manual, f"{manual}/name", name="").status_code == 422
    assert desk.submit(manual, f"{manual}/name", name="新しい名前").status_code == 303
    reader = enter(cast.higashi_reader)
    shown = reader.page(manual.removeprefix(home))
    assert "図4を差し替えた" in shown
    assert "<h1>新しい名前" in shown
    other = f"/staff/articles/{library.publish('taxis')}"
    back = f"{second}/back"
    values = desk.form(manual, back).values
    assert desk.post(back.replace(home, other), values).status_code == 404
    assert enter(cast.operations).post(back, values).status_code == 404
    assert desk.post(back, values).status_code == 303
    assert "第1版" in reader.page(manual.removeprefix(home))
    assert "図4を差し替えた" not in reader.page(manual.removeprefix(home))
    assert "取り下げ" in desk.page(manual)
