"""Publishing through the real forms."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, stream_encode_multipart

from auth.models import Organization, User
from base.db import db, transaction
from base.outbox import Mail
from content.models import Article, ArticleRevision, Attachment, Page, Publication
from tests import hostile_files, make
from tests.browsing import Visitor, forms_of
from tests.cast import Cast, Person

Enter = Callable[[Person], Visitor]
LIST = "/staff/articles"
SMALL_LIMIT = 300_000


@pytest.fixture
def desk(enter: Enter, cast: Cast) -> Visitor:
    return enter(cast.reception)


@pytest.fixture(autouse=True)
def addresses(app: Flask, cast: Cast) -> None:
    """One verified address of Higashi, one of Nishi, and those of Higashi that get nothing."""
    with app.app_context(), transaction() as session:
        staff = session.get_one(User, cast.reception.user_id)
        higashi = session.get_one(Organization, cast.higashi_manager.organization_id)
        nishi = session.get_one(Organization, cast.nishi_manager.organization_id)
        make.address(session, higashi, staff, "contact@higashi-gas.example")
        make.address(session, nishi, staff, "contact@nishi-gas.example")
        make.address(session, higashi, staff, "new@higashi-gas.example", verified_at=None)


def rows(app: Flask, statement: Any) -> list[Any]:
    with app.app_context():
        return list(db.session.scalars(statement))


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def draft(desk: Visitor, **filled: Any) -> str:
    """The address of a new draft's own screen."""
    words = {"page": "taxis", "title": "検針結果の再配信", "source": "本文です。", "then": "stay"}
    answer = desk.submit(f"{LIST}/new", **{**words, **filled})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def published(desk: Visitor, *, suppress_reason: str = "", **filled: Any) -> str:
    home = draft(desk, **filled)
    decided = {"no_mail": "y", "suppress_reason": suppress_reason} if suppress_reason else {}
    assert desk.submit(f"{home}/check", f"{home}/publish", **decided).status_code == 303
    return home


def send_from(visitor: Visitor, page: TestResponse, action: str, to: str = "") -> TestResponse:
    """Press the button of a page that a POST answered; `to` is where another button of the form goes."""
    form = next(form for form in forms_of(page.text) if form.action == action)
    return visitor.post(to or form.action, form.values)


def mailed(app: Flask) -> list[tuple[str, str]]:
    return [(mail.address, mail.state) for mail in rows(app, select(Mail).order_by(Mail.id))]


def test_from_draft_by_check_sheet_to_the_public(app: Flask, desk: Visitor) -> None:
    """R7-4, R7-13: Higashi's verified address is named before and mailed after; Nishi's and the unverified aren't."""
    home = draft(desk)
    sheet = desk.page(f"{home}/check")
    assert "公開して 1件に送る" in sheet
    assert "contact@higashi-gas.example" in sheet
    assert "東野 花子、" in sheet
    assert "contact@nishi-gas.example" not in sheet
    assert "new@higashi-gas.example" not in sheet
    assert mailed(app) == []
    assert desk.submit(f"{home}/check", f"{home}/publish").headers["Location"] == f"{home}#mails"
    assert mailed(app) == [("contact@higashi-gas.example", "waiting")]
    assert "1件のうち0件を送りました" in desk.page(home)


def test_the_preview_is_what_readers_then_see(app: Flask, desk: Visitor, enter: Enter, cast: Cast) -> None:
    """R7-4: drawn by the same hand, to the letter; only the title is the screen's own heading there."""
    source = "## 停止する時間\n\n| 開始 | 22:00 |\n|---|---|\n| 再開 | 6:00 |\n\n注[^1]\n\n[^1]: 脚注\n"
    home = draft(desk, source=source, kind="planned-stop")
    article = re.compile(r'<article class="card article">.*?</article>', re.DOTALL)
    before = article.findall(desk.page(f"{home}/check"))
    desk.submit(f"{home}/check", f"{home}/publish")
    after = article.findall(enter(cast.higashi_reader).page(home.removeprefix("/staff")))
    assert before == [each.replace("h1>", "h2>") for each in after]
    assert "<table>" in before[0]


def test_pressing_twice_publishes_once_and_mails_once(app: Flask, desk: Visitor) -> None:
    """G1, R7-14."""
    home = draft(desk)
    form = desk.form(f"{home}/check", f"{home}/publish")
    first, second = desk.post(form.action, form.values), desk.post(form.action, form.values)
    assert (first.status_code, first.headers["Location"]) == (second.status_code, second.headers["Location"])
    assert count(app, Publication) == 1
    assert len(mailed(app)) == 1


def test_two_open_check_sheets_publish_once(app: Flask, desk: Visitor) -> None:
    """R7-14: with a key of its own each."""
    home = draft(desk)
    forms = [desk.form(f"{home}/check", f"{home}/publish") for _ in range(2)]
    answers = [desk.post(form.action, form.values).status_code for form in forms]
    assert answers == [303, 409]
    assert len(mailed(app)) == 1


def test_no_mail_needs_its_reason_and_then_sends_none(app: Flask, desk: Visitor) -> None:
    """R7-13, R8-3."""
    home = draft(desk)
    refused = desk.submit(f"{home}/check", f"{home}/publish", no_mail="y")
    assert refused.status_code == 422
    assert "メールを送らない理由を入力してください。" in refused.text
    only_reason = desk.submit(f"{home}/check", f"{home}/publish", suppress_reason="誤字の訂正のみ")
    assert only_reason.status_code == 422
    assert 'value="誤字の訂正のみ"' in only_reason.text
    assert count(app, Publication) == 0
    desk.submit(f"{home}/check", f"{home}/publish", no_mail="y", suppress_reason="誤字の訂正のみ")
    assert [row.suppress_reason for row in rows(app, select(Publication))] == ["誤字の訂正のみ"]
    assert mailed(app) == []


def test_an_update_passes_its_own_check_sheet(app: Flask, desk: Visitor) -> None:
    """R7-13: nothing is public, nothing mailed, before the second button."""
    home = published(desk, suppress_reason="試験")
    sheet = desk.submit(
        home, f"{home}/check", title="検針結果の再配信(続報)", source="改めた本文\n\n二行目です。", page="johs"
    )
    assert sheet.status_code == 200
    assert "更新して 2件に送る" in sheet.text
    assert [article.title for article in rows(app, select(Article))] == ["検針結果の再配信"]
    answer = send_from(desk, sheet, f"{home}/update")
    assert answer.status_code == 303, answer.text
    (article,) = rows(app, select(Article))
    assert (article.title, article.source, article.revision) == (
        "検針結果の再配信(続報)",
        "改めた本文\n\n二行目です。",
        2,
    )
    assert [address for address, _state in mailed(app)] == ["contact@higashi-gas.example", "contact@nishi-gas.example"]


def test_going_back_from_the_check_sheet_keeps_what_was_typed(desk: Visitor) -> None:
    """R8-3."""
    home = published(desk)
    sheet = desk.submit(home, f"{home}/check", title="続報", source="改めた本文")
    back = send_from(desk, sheet, f"{home}/update", to=f"{LIST}/preview")
    assert 'value="続報"' in back.text
    assert "改めた本文</textarea>" in back.text


def test_a_preview_changes_nothing(app: Flask, desk: Visitor) -> None:
    """R8-8."""
    home = draft(desk)
    form = desk.form(home, home)
    answer = desk.post(f"{LIST}/preview", form.values | {"title": "別の件名", "source": "**別**の本文"})
    assert "<strong>別</strong>の本文" in answer.text
    assert 'value="別の件名"' in answer.text
    assert [article.title for article in rows(app, select(Article))] == ["検針結果の再配信"]


def test_a_preview_names_what_is_too_much_and_keeps_it(desk: Visitor) -> None:
    """E17, R8-3."""
    form = desk.form(f"{LIST}/new", f"{LIST}/new")
    answer = desk.post(f"{LIST}/preview", form.values | {"title": "件名", "source": "[" * 2_000})
    assert answer.status_code == 422
    assert "閉じていない括弧" in answer.text
    assert "[" * 2_000 in answer.text


HOSTILE = (
    "<script>window.__xss=1</script>",
    "[x](javascript:window.__xss=1)",
    "[x](java\nscript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zy8+)",
    '<img src=x onerror="window.__xss=1">',
    "<svg/onload=alert(1)>",
    '"><iframe srcdoc="<script>1</script>">',
    "<textarea></textarea></textarea><script>1</script>",
    "{{ config }} {% raw %} ${7*7}",
    "=cmd|' /C calc'!A0",
    "\u202eevil \u200b ﷽ 𠮷 👩‍👩‍👧",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_inert_on_every_screen(desk: Visitor, words: str) -> None:
    """E1: in title, text, tags, reasons, also unsaved; on editor, check sheet, list, revisions, copy, withdrawal."""
    title = words.replace("\n", " ")
    tags = " ".join(word[:30] for word in words.split())
    home = published(desk, title=title, source=words, tags=tags, suppress_reason=title)
    typed = desk.form(home, f"{home}/check").values | {
        "title": f"{title}改",
        "source": f"{words}改",
        "tags": f"{tags} 改",
    }
    assert desk.post(f"{LIST}/autosave", typed).status_code == 200
    shown = (home, f"{home}?unsaved=take", LIST, f"{home}/revisions", f"{home}/copy", f"{home}/withdraw")
    pages = [desk.page(address) for address in shown]
    pages.append(desk.submit(home, f"{home}/check", title=title, source=f"{words}\n改").text)
    for page in pages:
        assert not re.findall(r"<(?:script(?! src=\"/static/)|iframe|svg/|img src=x)|<[a-z][^>\"]*\son[a-z]+=", page)
        assert not re.findall(r"(?:href|src)=[\"']?\s*(?:javascript|data|java)", page, re.IGNORECASE)
        assert "<title>" not in page.split("</title>", 1)[1]


def test_what_was_typed_stays_when_it_is_refused(app: Flask, desk: Visitor) -> None:
    """R8-3."""
    answer = desk.submit(f"{LIST}/new", title="", source="長い本文", page="loacus", kind="manual", is_pinned="y")
    assert answer.status_code == 422
    assert "長い本文</textarea>" in answer.text
    assert re.search(r'<option selected value="loacus"', answer.text)
    assert re.search(r'<option selected value="manual"', answer.text)
    assert count(app, Article) == 0


@pytest.mark.parametrize(
    "forged",
    [
        {"page": "secret"},
        {"kind": "nothing"},
        {"revision": "x"},
        {"important_until": "2026-13-01"},
        {"important_until": "9999-12-31"},
    ],
)
def test_values_that_no_form_offers_are_refused(app: Flask, desk: Visitor, forged: dict[str, str]) -> None:
    """E14."""
    words = {"title": "件名", "source": "本文", **forged}
    assert desk.submit(f"{LIST}/new", **words).status_code == 422
    assert count(app, Article) == 0


def test_who_wrote_and_when_is_nobody_elses_to_say(app: Flask, desk: Visitor, cast: Cast) -> None:
    """E14: fields that the form doesn't have do nothing."""
    forged = {
        "author_id": "1",
        "published_at": "2020-01-01",
        "html": "<b>x</b>",
        "published_by": "1",
        "state": "published",
    }
    draft(desk, **forged)
    (article,) = rows(app, select(Article))
    assert (article.author_id, article.published_at) == (cast.reception.user_id, None)
    assert "<b>" not in article.html


def test_publishing_a_draft_that_changed_behind_the_check_sheet_is_refused(app: Flask, desk: Visitor) -> None:
    """E18: what was looked at is what goes public."""
    home = draft(desk)
    sheet = desk.form(f"{home}/check", f"{home}/publish")
    desk.submit(home, home, source="改めた本文", then="stay")
    assert desk.post(sheet.action, sheet.values).status_code == 409
    assert count(app, Publication) == 0


def test_a_withdrawn_article_is_gone_for_readers_at_once(app: Flask, desk: Visitor, enter: Enter, cast: Cast) -> None:
    """E12, F10."""
    home = published(desk)
    reader, address = enter(cast.higashi_reader), home.removeprefix("/staff")
    assert reader.get(address).status_code == 200
    assert desk.submit(f"{home}/withdraw", reason="").status_code == 422
    assert reader.get(address).status_code == 200
    assert desk.submit(f"{home}/withdraw", reason="内容に誤りがあったため").status_code == 303
    assert reader.get(address).status_code == 404
    assert mailed(app) == [("contact@higashi-gas.example", "skipped")]
    assert "内容に誤りがあったため" in desk.page(home)
    assert desk.get(f"{home}/withdraw").status_code == 404
    assert desk.get(f"{home}/check").status_code == 404


def test_marks_change_without_a_mail(app: Flask, desk: Visitor) -> None:
    home = published(desk, suppress_reason="試験")
    assert desk.submit(home, f"{home}/marks", is_pinned="y", important_until="2026-12-06").status_code == 303
    (article,) = rows(app, select(Article))
    assert (article.is_pinned, article.revision) == (True, 1)
    assert article.important_until.isoformat() == "2026-12-06T15:00:00+00:00"
    assert 'value="2026-12-06"' in desk.page(home)
    assert mailed(app) == []
    assert desk.submit(home, f"{home}/marks", important_until="x").status_code == 422


def test_failed_mails_are_sent_again_by_one_button(app: Flask, desk: Visitor) -> None:
    """R7-14."""
    home = published(desk)
    with app.app_context(), transaction() as session:
        mail = session.scalars(select(Mail)).one()
        mail.state, mail.failure, mail.tries = "failed", "550 <b>no such user</b>", 48
    page = desk.page(home)
    assert "550 &lt;b&gt;no such user" in page
    again = next(form.action for form in forms_of(desk.page(home)) if form.action.endswith("/again"))
    assert desk.submit(home, again).status_code == 303
    assert mailed(app) == [("contact@higashi-gas.example", "waiting")]
    assert desk.submit(home, home + "/marks").status_code == 303


def test_the_mails_still_on_their_way_stay_in_sight_after_a_silent_update(desk: Visitor) -> None:
    """R7-14."""
    home = published(desk)
    sheet = desk.submit(home, f"{home}/check", source="改めた本文")
    form = next(form for form in forms_of(sheet.text) if form.action == f"{home}/update")
    desk.post(form.action, form.values | {"no_mail": "y", "suppress_reason": "誤字の訂正のみ"})
    page = desk.page(home)
    assert "1件のうち0件を送りました" in page
    assert "送信不要(誤字の訂正のみ)" in page


def test_the_list_is_narrowed_by_its_address(app: Flask, desk: Visitor, enter: Enter, cast: Cast) -> None:
    """R7-4: state, page, author, day."""
    draft(desk, title="下書きの件名")
    published(desk, title="公開の件名", page="johs")
    draft(enter(cast.reception_two), title="進さんの件名")
    titles = {"下書きの件名", "公開の件名", "進さんの件名"}

    def shown(query: str) -> set[str]:
        page = desk.page(f"{LIST}?{query}")
        return {title for title in titles if f">{title}</a>" in page}

    assert shown("") == titles
    assert shown("state=published") == {"公開の件名"}
    assert shown("state=draft&page=taxis") == {"下書きの件名", "進さんの件名"}
    assert shown(f"author={cast.reception_two.public_id}") == {"進さんの件名"}
    assert shown("from=2026-11-22&until=2026-11-22") == titles
    assert shown("until=2026-11-21") == set()
    assert shown("state=odd&page=../x&author=x&from=x&until=99999&older_than=x") == titles


def test_a_long_list_goes_on_and_back(app: Flask, desk: Visitor, cast: Cast) -> None:
    """Rows of the same instant are neither lost nor shown twice."""
    with app.app_context(), transaction() as session:
        author = session.get_one(User, cast.reception.user_id)
        for number in range(120):
            make.article(session, author, title=f"記事{number:03d}番")
    found, path, pages = [], LIST, []
    while path:
        page = desk.page(path)
        pages.append(re.findall(r">(記事\d{3}番)<", page))
        found += pages[-1]
        older = re.search(r'href="([^"]*older_than=[^"]*)"', page)
        path = older.group(1).replace("&amp;", "&") if older else ""
    assert [len(page) for page in pages] == [50, 50, 20]
    assert len(set(found)) == 120
    back = re.search(r'href="([^"]*newer_than=[^"]*)"', page)
    assert back
    assert re.findall(r">(記事\d{3}番)<", desk.page(back.group(1))) == pages[1]


def upload(name: str, content: bytes) -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def send_files(desk: Visitor, home: str, *files: tuple[io.BytesIO, str]) -> TestResponse:
    form = desk.form(home, f"{home}/files")
    return large(desk, form.action, form.values | {"files": list(files)})


def large(desk: Visitor, action: str, values: dict[str, Any]) -> TestResponse:
    """Encoded here: the test client would leave a temporary file open."""
    parts: MultiDict[str, Any] = MultiDict(values)
    for stream, name in parts.poplist("files"):
        parts.add("files", FileStorage(stream, name))
    body, _length, boundary = stream_encode_multipart(parts, use_tempfile=False)
    return desk.post(action, body.read(), content_type=f"multipart/form-data; boundary={boundary}")


def stored(app: Flask) -> list[Path]:
    return [path for path in app.config["PORTAL"].files_dir.rglob("*") if path.is_file()]


def test_files_come_with_the_draft_and_reach_its_readers_alone(
    app: Flask, desk: Visitor, enter: Enter, cast: Cast
) -> None:
    """R7-4, E9."""
    home = draft(desk, files=[upload("手順書.pdf", hostile_files.pdf(2)), upload("図.png", hostile_files.image("PNG"))])
    desk.submit(f"{home}/check", f"{home}/publish")
    address = f"/files/{rows(app, select(Attachment.public_id).where(Attachment.kind == 'PDF'))[0]}"
    reader = enter(cast.higashi_reader)
    assert "手順書.pdf" in reader.page(home.removeprefix("/staff"))
    with reader.get(address) as answer:
        assert answer.data.startswith(b"%PDF")
    assert enter(cast.nishi_reader).get(address).status_code == 404
    desk.submit(home, f"{home}{address}/remove")
    assert reader.get(address).status_code == 404
    assert "手順書.pdf" not in reader.page(home.removeprefix("/staff"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<script>1</script>"),
        ("図.svg", b"<svg onload=alert(1)>"),
        ("script.png", b"<html><script>1</script>"),
        ("manual.pdf.exe", b"MZ"),
        ("bomb.png", hostile_files.png_header(50_000, 50_000)),
    ],
)
def test_a_bad_file_keeps_the_words_and_leaves_nothing(app: Flask, desk: Visitor, name: str, content: bytes) -> None:
    """E2, E3, E6, R8-3: with a draft nothing is saved, and what was typed stays."""
    form = desk.form(f"{LIST}/new", f"{LIST}/new")
    words = {
        "title": "件名",
        "source": "長い本文",
        "files": [upload("良.pdf", hostile_files.pdf()), upload(name, content)],
    }
    answer = desk.post(f"{LIST}/new", form.values | words, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "長い本文</textarea>" in answer.text
    assert f"「{name}」" in answer.text
    assert (count(app, Article), count(app, Attachment), stored(app)) == (0, 0, [])
    home = published(desk)
    assert send_files(desk, home, upload(name, content)).status_code == 422
    assert (count(app, Attachment), stored(app)) == (0, [])


def test_sending_files_twice_attaches_them_once(app: Flask, desk: Visitor) -> None:
    """G1: and leaves no file without a row."""
    home = published(desk)
    form = desk.form(home, f"{home}/files")
    for _ in range(2):
        files = {"files": [upload("a.pdf", hostile_files.pdf())]}
        assert desk.post(form.action, form.values | files, content_type="multipart/form-data").status_code == 303
    assert (count(app, Attachment), len(stored(app))) == (1, 1)


def test_a_script_is_told_where_to_go_and_the_page_there_has_its_word(app: Flask, desk: Visitor) -> None:
    """R7-4, G1: sent twice it is one file; what a form says after sending waits for the page that the person sees."""
    home = published(desk)
    form = desk.form(home, f"{home}/files")
    for _ in range(2):
        files = {"files": [upload("a.pdf", hostile_files.pdf())]}
        answer = desk.post(
            form.action, form.values | files, {"Accept": "application/json"}, content_type="multipart/form-data"
        )
        assert (answer.status_code, answer.json) == (200, {"location": f"{home}#attachments"})
    assert (count(app, Attachment), len(stored(app))) == (1, 1)
    assert "ファイルを添付しました。" in desk.page(home)
    refused = desk.post(form.action, form.values, {"Accept": "application/json"})
    assert (refused.status_code, refused.mimetype) == (422, "text/html")


def test_no_file_at_all_is_said(desk: Visitor) -> None:
    """R8-3."""
    home = published(desk)
    answer = desk.submit(home, f"{home}/files")
    assert answer.status_code == 422
    assert "ファイルを選んでください。" in answer.text


@pytest.fixture
def small_limit(app: Flask) -> int:
    app.config["PORTAL"] = replace(app.config["PORTAL"], attachment_limit=SMALL_LIMIT)
    return SMALL_LIMIT


def test_files_up_to_the_limit_pass_and_larger_ones_dont(app: Flask, desk: Visitor, small_limit: int) -> None:
    """E4: at the limit, one byte beyond it, and beyond what is read at all."""
    home = published(desk)
    assert send_files(desk, home, upload("a.csv", b"a" * small_limit)).status_code == 303
    assert send_files(desk, home, upload("b.csv", b"a" * (small_limit + 1))).status_code == 422
    form_limit = app.config["MAX_CONTENT_LENGTH"]
    assert send_files(desk, home, upload("c.csv", b"a" * (small_limit + form_limit))).status_code == 413
    assert (count(app, Attachment), len(stored(app))) == (1, 1)


def test_a_large_body_is_read_only_where_files_belong(app: Flask, desk: Visitor) -> None:
    """E4: a form elsewhere stays small."""
    home = draft(desk)
    form = desk.form(f"{home}/check", f"{home}/publish")
    values = form.values | {"files": [upload("a.csv", b"a" * app.config["MAX_CONTENT_LENGTH"])]}
    assert large(desk, form.action, values).status_code == 413


def test_a_body_of_unknown_length_is_cut_off_at_the_limit(app: Flask, desk: Visitor, small_limit: int) -> None:
    """E4: chunked, so that no header says how long it will be."""
    home = published(desk)
    body = b"a" * (small_limit + app.config["MAX_CONTENT_LENGTH"] + 1)
    environ = {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = desk.post(f"{home}/files", io.BytesIO(b"--x\r\n" + body), headers=headers, environ_overrides=environ)
    assert answer.status_code in {400, 413}
    assert (count(app, Attachment), stored(app)) == (0, [])


def test_ten_thousand_form_parts_are_not_read(app: Flask, desk: Visitor) -> None:
    """E4."""
    home = published(desk)
    parts = {f"part{number}": "" for number in range(10_000)}
    form = desk.form(home, f"{home}/files")
    assert large(desk, form.action, form.values | parts).status_code == 413


def test_strangers_may_not_send_large_bodies(app: Flask, cast: Cast, desk: Visitor) -> None:
    """E4, E9: who may not publish is answered before the body is read."""
    home = published(desk)
    outsider = Visitor(app, cast.nishi_manager.client)
    outsider.log_in(cast.nishi_manager.login_id)
    files = {"files": [upload("a.csv", b"a" * 100)]}
    answer = outsider.post(f"{home}/files", files, content_type="multipart/form-data")
    assert answer.status_code == 404
    assert stored(app) == []


def paths_of(home: str) -> list[tuple[str, str]]:
    pages = [LIST, f"{LIST}/new", home, f"{home}/check", f"{home}/revisions", f"{home}/withdraw"]
    actions = ["", "/files", "/check", "/publish", "/update", "/marks", "/withdraw", "/mails/000000000000/again"]
    return [
        *(("GET", path) for path in pages),
        *(("POST", f"{home}{action}") for action in actions),
        ("POST", f"{LIST}/new"),
        ("POST", f"{LIST}/preview"),
    ]


@pytest.mark.parametrize("who", ["nishi_manager", "higashi_manager", "operations", "administrator"])
def test_nobody_else_can_tell_that_there_are_staff_screens(
    app: Flask, desk: Visitor, enter: Enter, cast: Cast, who: str
) -> None:
    """R8-6, E9: identical to what isn't there."""
    home = draft(desk)
    visitor = enter(getattr(cast, who))
    for method, path in paths_of(home):
        answer = visitor.get(path) if method == "GET" else visitor.post(path, {"csrf_token": "x"})
        assert answer.status_code == 404, (method, path)
    assert count(app, ArticleRevision) == 1


@pytest.mark.parametrize(
    "public_id", ["000000000000", "x", "ü", "%00", "..%2f..", "'; DROP TABLE article; --", "1" * 300]
)
def test_an_article_that_isnt_there_is_404_for_every_action(desk: Visitor, public_id: str) -> None:
    """C12, E9."""
    token = desk.form(f"{LIST}/new", f"{LIST}/new").values
    for method, path in paths_of(f"{LIST}/{public_id}")[2:14]:
        words = {**token, "title": "件名", "source": "本文", "reason": "誤り", "revision": "1"}
        answer = desk.get(path) if method == "GET" else desk.post(path, words)
        assert answer.status_code in {400, 404}, (method, path)


def test_other_articles_files_and_mails_are_out_of_reach(app: Flask, desk: Visitor) -> None:
    """E9: ids belong to the article in whose address they stand."""
    first = draft(desk, files=[upload("a.pdf", hostile_files.pdf())])
    second = published(desk)
    file_id = rows(app, select(Attachment.public_id))[0]
    mine = desk.form(first, f"{first}/files/{file_id}/remove")
    assert desk.post(f"{second}/files/{file_id}/remove", mine.values).status_code == 404
    publication = rows(app, select(Publication.public_id))[0]
    assert desk.post(f"{first}/mails/{publication}/again", mine.values).status_code == 404
    assert rows(app, select(Attachment.removed_at)) == [None]


def test_revisions_show_what_changed_and_odd_numbers_dont(desk: Visitor) -> None:
    """R7-4."""
    home = draft(desk, source="一行目\n二行目")
    desk.submit(home, home, source="一行目\n<b>改めた</b>二行目", then="stay")
    page = desk.page(f"{home}/revisions")
    assert "&lt;b&gt;改めた&lt;/b&gt;二行目" in page
    assert "第2版で変わったところ" in page
    assert "第1版で変わったところ" in desk.page(f"{home}/revisions?number=1")
    for number in ("0", "3", "x", "-1", "9" * 30):
        assert desk.get(f"{home}/revisions?number={number}").status_code == 404


def test_a_narrowed_page_is_counted_as_it_is_seen(app: Flask, desk: Visitor) -> None:
    """R7-2, R8-6: of Higashi's five the two contact managers and those who hold TAXIS themselves."""
    home = draft(desk)
    assert "1事業者・5名" in desk.page(f"{home}/check")
    with app.app_context(), transaction() as session:
        narrow(session)
    page = desk.page(f"{home}/check")
    assert "1事業者・3名" in page
    assert "北 三郎" not in page


def narrow(session: Session) -> None:
    page = session.scalars(select(Page).where(Page.slug == "taxis")).one()
    page.is_narrowed = True
    page.version += 1


def test_an_organization_without_a_verified_address_is_named(app: Flask, desk: Visitor) -> None:
    """R7-4, R9-2: みなと製造 uses LOACUS and has no address at all."""
    home = draft(desk, page="loacus")
    page = desk.page(f"{home}/check")
    assert "届かない事業者が1社あります" in page
    unreached = page.split('id="unreached"')[1].split("</table>")[0]
    assert "みなと製造株式会社" in unreached
    assert "にしガス株式会社" not in unreached
    assert "連絡先が登録されていません" in unreached


def test_screens_speak_the_viewers_language(app: Flask, desk: Visitor, cast: Cast) -> None:
    """R8-3."""
    home = published(desk)
    with app.app_context(), transaction() as session:
        session.get_one(User, cast.reception.user_id).language = "en"
    assert "Update a published article" in desk.page(home)
    assert "Articles" in desk.page(LIST)
