"""Done for real: nginx, client certificates, SMTP, a browser. From a provisional address to the article that its mail leads to."""

import random
import re
import socket
import ssl
import struct
import time
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy import func, select

from auth.models import Organization, User
from base.actors import Actor
from base.db import transaction
from base.jst import in_jst, show_time
from content.files.attachments import Upload, add_attachments, stored_files
from content.files.storage import FolderStore
from content.manuals.manuals import add_version, begin_manual
from content.models import Article, Attachment
from content.writing.articles import draft_article, publish
from demo.papers import make_pdf
from tests import make
from tests.browsing import forms_of
from tests.content.newsroom import Newsroom
from tests.hostile_files import pdf
from tests.journeys.conftest import Open
from tests.journeys.standing import PATIENCE, Site, link_in
from tests.make import PASSWORD

ADDRESS = "madoguchi@higashi-gas.example"
NISHI_ADDRESS = "madoguchi@nishi-gas.example"
TITLE = "12月の計画停止のお知らせ"
GUIDE = "操作マニュアル"
NEW = "/staff/articles/new"
LIMIT = 50 * 1024 * 1024
CLOSED, TORN = struct.pack("ii", 0, 0), struct.pack("ii", 1, 0)
SLOWLY = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 600_000}


def log_in(page: Page, login_id: str) -> None:
    """On the login page, wherever it leads."""
    page.fill("#login_id", login_id)
    page.fill("#password", PASSWORD)
    page.click("main button")


def register_address(page: Page, site: Site, organization: str, person: str, address: str) -> None:
    page.goto(site.base_url + "/staff/addresses/new")
    page.select_option("select[name=organization]", label=organization)
    page.fill("input[name=person_name]", person)
    page.fill("input[name=address]", address)
    page.click("main button:has-text('仮登録')")


def verify(open_browser: Open, site: Site, client: str, login_id: str, address: str) -> None:
    """Mail → link → login → button."""
    link = link_in(site.mail_to(address, "メールアドレスのご登録依頼"))
    page = open_browser(client)
    page.goto(link)
    assert page.url.startswith(site.base_url + "/login")
    log_in(page, login_id)
    assert "/verify/" in page.url
    page.click("main button:has-text('本登録する')")
    assert "本登録完了" in page.inner_text("main")


def write_article(page: Page, site: Site, on: str, title: str, tmp_path: Path) -> None:
    sheet = tmp_path / "緊急連絡票.csv"
    sheet.write_text("氏名,電話\n受付,0570-000-111\n", encoding="utf-8-sig")
    page.goto(site.base_url + "/staff/articles/new")
    page.select_option("select[name=page]", label=on)
    page.select_option("select[name=kind]", label="お知らせ:計画停止")
    page.fill("input[name=title]", title)
    page.fill(
        "textarea[name=source]",
        "設備更新のため停止します。\n\n## 停止する時間\n\n|開始|12/05|\n|---|---|\n|再開|12/06|\n",
    )
    page.set_input_files("input[name=files]", str(sheet))
    page.click("main button:has-text('保存して公開前の確認へ')")
    page.wait_for_url("**/check")


def publish_silently(page: Page) -> None:
    page.check("text=掲載情報更新通知メールの送信は不要")
    page.fill("input[name=suppress_reason]", "誤字の訂正だけのため")
    page.click("main button:has-text('公開')")


@pytest.fixture
def staff(open_browser: Open, site: Site) -> Page:
    page = open_browser("staff")
    page.goto(site.base_url + "/login")
    log_in(page, site.cast.reception.login_id)
    return page


def test_a_notice_reaches_whom_it_is_for_and_nobody_else(
    site: Site, staff: Page, open_browser: Open, tmp_path: Path
) -> None:
    """R7-2, R7-10..R7-16, R8-4, R8-6, R8-8, E9, E11, F1, D7."""
    register_address(staff, site, "ひがしガス株式会社", "東野 花子", ADDRESS)
    register_address(staff, site, "にしガス株式会社", "西川 一郎", NISHI_ADDRESS)
    verify(open_browser, site, "higashi", site.cast.higashi_manager.login_id, ADDRESS)
    verify(open_browser, site, "nishi", site.cast.nishi_manager.login_id, NISHI_ADDRESS)

    write_article(staff, site, "TAXIS", TITLE, tmp_path)
    assert "1事業者" in staff.inner_text("main")
    assert "ひがしガス株式会社" in staff.content()
    staff.click("main button:has-text('公開して 1件に送る')")
    mail = site.mail_to(ADDRESS, TITLE)
    link = link_in(mail)
    assert mail["Message-ID"]
    assert mail["Auto-Submitted"] == "auto-generated"

    reader = open_browser("higashi")
    reader.goto(link)
    assert reader.url.startswith(site.base_url + "/login")
    log_in(reader, site.cast.higashi_manager.login_id)
    assert reader.url == link
    assert TITLE in reader.inner_text("h1")
    attachment = reader.get_attribute("a[href^='/files/']", "href")
    assert attachment
    fetched = reader.request.get(site.base_url + attachment)
    assert fetched.status == 200
    assert "0570-000-111" in fetched.text()

    write_article(staff, site, "TAXIS", "しずかな訂正", tmp_path)
    publish_silently(staff)
    assert [m["To"] for m in site.mails() if "しずかな訂正" in m["Subject"]] == []

    outsider = open_browser("nishi")
    outsider.goto(site.base_url + "/login")
    log_in(outsider, site.cast.nishi_manager.login_id)
    for path in (link, site.base_url + attachment, site.base_url + "/pages/taxis"):
        answer = outsider.goto(path)
        assert answer is not None
        assert answer.status == 404, path
    for path in ("/", "/pages/common", "/pages/johs", "/search?q=計画停止"):
        outsider.goto(site.base_url + path)
        assert TITLE not in outsider.inner_text("main")
        assert "TAXIS" not in outsider.inner_text("body")
        assert not re.search(r"\d+件の未読", outsider.inner_text("nav"))
    outsider_mails = [m["Subject"] for m in site.mails() if m["To"] == NISHI_ADDRESS]
    assert all("ご登録依頼" in subject for subject in outsider_mails)


@pytest.fixture
def editor(site: Site, staff: Page) -> Page:
    staff.goto(site.base_url + NEW)
    return staff


def stored(site: Site) -> tuple[int, int, int]:
    """Articles, rows of attachments, files of any name."""
    with site.app.app_context(), transaction() as session:
        rows = [session.scalar(select(func.count()).select_from(model)) or 0 for model in (Article, Attachment)]
    return rows[0], rows[1], sum(path.is_file() for path in (site.folder / "files").rglob("*"))


def fill_in(page: Page, *files: Path) -> None:
    page.fill("input[name=title]", "手順書の改訂")
    page.fill("textarea[name=source]", "長い本文です。")
    page.set_input_files("#files", [str(file) for file in files])


def typed(page: Page) -> tuple[str, str, int]:
    """Title, text and the number of files that are still chosen."""
    count: int = page.evaluate("document.querySelector('#files').files.length")
    return page.input_value("input[name=title]"), page.input_value("textarea[name=source]"), count


def test_files_are_seen_on_their_way_stopped_refused_and_sent_again(site: Site, editor: Page, tmp_path: Path) -> None:
    """R7-4, R8-3, E3, E4: the words and the chosen files stay through all of it; each file is told of by name."""
    before = stored(site)
    table = tmp_path / "一覧.csv"
    table.write_text("\n".join(f"{random.Random(n).random()},{n}" for n in range(60_000)))
    bad, good, large = tmp_path / "偽.pdf", tmp_path / "手順書.pdf", tmp_path / "大きい.zip"
    bad.write_bytes(b"MZ")
    good.write_bytes(pdf(2))
    with large.open("wb") as file:
        file.truncate(LIMIT + 1)

    fill_in(editor, table, large)
    assert "「大きい.zip」(50MB)は大きすぎます。1ファイル50MBまでです。" in editor.inner_text(".upload .why")
    editor.click("text=下書きに保存")
    assert editor.url.endswith(NEW)
    editor.get_by_label("大きい.zip 外す").click()
    assert not editor.is_visible(".upload .why")

    line = editor.context.new_cdp_session(editor)
    line.send("Network.emulateNetworkConditions", SLOWLY)
    editor.click("text=下書きに保存")
    editor.wait_for_selector(r".sending [role=status]:text-matches('^[0-9.]+[KM]B / [0-9.]+MB.[1-9][0-9]%')")
    assert editor.evaluate("document.querySelector('.sending progress').value") >= 10
    assert editor.evaluate("document.querySelector('[name=title]').closest('[inert]') !== null")
    editor.click("text=送信をやめる")
    assert editor.inner_text(".upload .why") == "送信をやめました。何も保存していません。"
    assert typed(editor) == ("手順書の改訂", "長い本文です。", 1)

    line.send("Network.emulateNetworkConditions", {**SLOWLY, "uploadThroughput": -1})
    editor.context.set_offline(True)
    editor.click("text=下書きに保存")
    editor.wait_for_selector("text=送信が途中で切れました。")
    editor.context.set_offline(False)

    editor.set_input_files("#files", [str(good), str(bad)])
    editor.fill("input[name=title]", "")
    editor.click("text=下書きに保存")
    editor.wait_for_selector("#title-why")
    editor.fill("input[name=title]", "手順書の改訂")
    editor.click("text=下書きに保存")
    editor.wait_for_selector("text=「偽.pdf」: 拡張子は .pdf ですが、中身が違います。")
    assert not editor.is_visible("#title-why")
    assert typed(editor) == ("手順書の改訂", "長い本文です。", 2)
    assert stored(site) == before

    editor.get_by_label("偽.pdf 外す").click()
    editor.click("text=保存して公開前の確認へ")
    editor.wait_for_url("**/check")
    assert "下書きに保存しました。" in editor.inner_text("body")
    assert stored(site) == (before[0] + 1, before[1] + 1, before[2] + 1)


def test_where_the_login_has_ended_the_form_waits(site: Site, editor: Page, tmp_path: Path) -> None:
    """R8-3: logged in again in another tab, the very same form goes through."""
    before = stored(site)
    good = tmp_path / "手順書.pdf"
    good.write_bytes(pdf())
    fill_in(editor, good)
    other = editor.context.new_page()
    other.goto(site.base_url + "/staff")
    other.click("header >> text=ログアウト")
    editor.click("text=下書きに保存")
    editor.wait_for_selector("text=ログインが終了しています。")
    other.goto(site.base_url + "/login")
    log_in(other, site.cast.reception.login_id)
    editor.click("text=下書きに保存")
    editor.wait_for_url(re.compile(r"/staff/articles/[0-9a-z]{12}$"))
    assert stored(site) == (before[0] + 1, before[1] + 1, before[2] + 1)


def half_an_upload(site: Site, page: Page) -> tuple[socket.socket, bytes]:
    """A connection with the front, as that browser's, and half of a body of 4 MB."""
    form = next(each for each in forms_of(page.content()) if each.action == NEW)
    words = {**form.values, "title": "途中まで", "source": "本文"}
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in words.items()]
    parts.append('--b\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n')
    begun = "".join(parts).encode() + b"a,b\r\n" * 400_000
    cookie = "; ".join(f"{each['name']}={each['value']}" for each in page.context.cookies())
    head = (
        f"POST {NEW} HTTP/1.1\r\nHost: {site.base_url.removeprefix('https://')}\r\nReferer: {site.base_url}/\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nCookie: {cookie}\r\nContent-Length: {2 * len(begun)}\r\n\r\n"
    )
    context = ssl.create_default_context(cafile=site.folder / "ca.crt")
    context.load_cert_chain(*site.client_files("staff"))
    host, port = site.front.address
    plain = socket.create_connection((host, port))
    return context.wrap_socket(plain, server_hostname="localhost"), head.encode() + begun


def test_an_upload_cut_off_halfway_leaves_nothing(site: Site, editor: Page) -> None:
    """E4, I3: closed in order, or torn off without a word; the site goes on."""
    before = stored(site)
    for lingering in (CLOSED, TORN):
        line, sent = half_an_upload(site, editor)
        with line:
            line.sendall(sent)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)
        editor.reload()
        assert stored(site) == before


def as_typed(moment: datetime) -> str:
    return f"{in_jst(moment):%Y-%m-%dT%H:%M}"


def test_a_disturbance_from_its_first_word_to_its_end(site: Site, staff: Page, open_browser: Open) -> None:
    """R2-1, R9-7, R9-8, E11: each step shows at the next look, and only to whoever uses the system; a promise that passes is said aloud."""
    effect, taxis, minutes = "検針結果を取得できません", "/pages/taxis", timedelta(minutes=1)
    reader, outsider = open_browser("higashi"), open_browser("nishi")
    for page, person in ((reader, site.cast.higashi_reader), (outsider, site.cast.nishi_reader)):
        page.goto(site.base_url + "/login")
        log_in(page, person.login_id)

    def seen(page: Page, path: str) -> str:
        page.goto(site.base_url + path)
        return page.inner_text("body")

    before = seen(outsider, "/calendar")
    staff.goto(site.base_url + "/staff/systems/disturbance")
    staff.select_option("[name=system]", label="TAXIS")
    now = datetime.now(UTC)
    for name, value in (("effect", effect), ("from_at", as_typed(now - 9 * minutes))):
        staff.fill(f"[name={name}]", value)
    staff.fill("[name=next_update_at]", as_typed(now + 5 * minutes))
    staff.click("main button:has-text('障害を登録する')")
    for path in ("/", taxis, "/calendar"):
        assert effect in seen(reader, path), path
    staff.fill("[name=told-words]", "原因がわかりました。")
    staff.fill("[name=told-next_update_at]", as_typed(now + 10 * minutes))
    staff.click("main button:has-text('追記する')")
    assert f"次のお知らせは {show_time(now + 10 * minutes)} の予定" in seen(reader, taxis)
    assert "原因がわかりました。" in seen(reader, "/systems/taxis")
    assert seen(outsider, "/calendar") == before
    for path in ("/", "/pages/common", "/calendar"):
        theirs = seen(outsider, path)
        assert "TAXIS" not in theirs
        assert effect not in theirs
    site.move_clock(20 * minutes)
    assert "でしたが、まだ続報がありません" in seen(reader, "/")
    assert re.search(r"1\s+お知らせの予定時刻が来た障害", seen(staff, "/staff"))
    staff.goto(site.base_url + "/staff/systems")
    staff.click(f"main a:has-text('{effect}')")
    staff.fill("[name=end-words]", "使えるようになりました。")
    staff.click("main button:has-text('復旧を登録する')")
    for path in ("/", taxis):
        assert effect not in seen(reader, path), path
    assert "使えるようになりました。" in seen(reader, "/systems/taxis")
    assert re.search(r"0\s+お知らせの予定時刻が来た障害", seen(staff, "/staff"))
    site.move_clock(timedelta(0))


def paper(*lines: str) -> bytes:
    return make_pdf(f"{GUIDE}.pdf", lines).read()


def two_versions(site: Site) -> tuple[str, str]:
    """An article on TAXIS whose manual has two; with somebody to be mailed."""
    now = datetime.now(UTC) - timedelta(minutes=9)
    with site.app.app_context(), transaction() as session:
        author = session.get_one(User, site.cast.reception.user_id)
        higashi = session.get_one(Organization, site.cast.higashi_manager.organization_id)
        make.address(session, higashi, author, "manual@higashi-gas.example", verified_at=now)
        by, store = Actor(author.login_id, author.id, author.organization_id), FolderStore(site.folder / "files")
        article = draft_article(session, Newsroom.words(session, title=GUIDE), by=by, now=now)
        first, second = (Upload(f"{GUIDE}_{n}.pdf", BytesIO(paper(f"# 第{n}版"))) for n in (1, 2))
        with stored_files(session, store, [first, second], 1 << 20) as files:
            (file,) = add_attachments(session, article, files[:1], by=by, now=now)
            manual = begin_manual(session, file, GUIDE, "", by=by, now=now)
            add_version(session, manual, files[1], "図を直した", after=1, by=by, now=now)
            publish(session, article, revision=1, suppress_reason="下準備のため", by=by, now=now)
        return article.public_id, manual.public_id


def test_the_third_version_of_a_manual_is_found_by_a_word_inside_it(
    site: Site, staff: Page, open_browser: Open, tmp_path: Path
) -> None:
    """R9-12, R7-5, R7-13, E9, E10, E11: marked for who had the second until he fetches it; the outsider sees nothing."""
    article, manual = two_versions(site)
    reader, outsider = open_browser("higashi"), open_browser("nishi")
    for page, person in ((reader, site.cast.higashi_reader), (outsider, site.cast.nishi_reader)):
        page.goto(site.base_url + "/login")
        log_in(page, person.login_id)

    def seen(page: Page, path: str) -> str:
        page.goto(site.base_url + path)
        return page.inner_text("body")

    before = [seen(outsider, path) for path in ("/", "/search?q=按分")]
    latest = f"{site.base_url}/manuals/{manual}/latest"
    assert reader.request.get(latest).body().startswith(b"%PDF")
    seen(reader, f"/articles/{article}")
    third = tmp_path / f"{GUIDE}_3.pdf"
    third.write_bytes(paper("# 第3版", "精算額は、使用量で按分します。"))
    staff.goto(f"{site.base_url}/staff/articles/{article}/manuals/{manual}")
    staff.set_input_files("[name=files]", str(third))
    staff.fill("main form [name=what_changed]", "精算の方法を追記した")
    staff.click("main button:has-text('新しい版を登録する')")
    staff.click("main a:has-text('記事を更新して知らせる')")
    staff.click("main button:has-text('更新前の確認へ')")
    staff.click("main button:has-text('件に送る')")
    assert article in link_in(site.mail_to("manual@higashi-gas.example", GUIDE))

    for path, mark in (("/", "前回読んだあとに改訂された資料"), ("/pages/taxis", "前回読んだあとに更新")):
        assert mark in seen(reader, path), path
    deadline = time.monotonic() + PATIENCE
    while f"{GUIDE}_3.pdf" not in reader.request.get(f"{site.base_url}/search?q=按分").text():
        assert time.monotonic() < deadline, "the word is never found"
        time.sleep(0.2)
    assert "前回読んだあとに更新" in seen(reader, "/search?q=按分")
    reader.click(f"main a:has-text('{GUIDE}') >> nth=0")
    assert "前回お読みになったあとに更新されています" in reader.inner_text("main")
    assert "前回読んだあとに改訂" in reader.inner_text("main")
    with reader.expect_download() as fetched:
        reader.click(f"a[href='/manuals/{manual}/latest']")
    assert fetched.value.suggested_filename == f"{GUIDE}_3.pdf"
    assert Path(fetched.value.path()).read_bytes() == third.read_bytes()
    for path in ("/", "/pages/taxis", f"/articles/{article}"):
        assert "前回読んだあとに" not in seen(reader, path), path

    assert [seen(outsider, path) for path in ("/", "/search?q=按分")] == before
    for path in (f"/manuals/{manual}", f"/manuals/{manual}/latest", f"/articles/{article}/changes"):
        hidden, absent = (outsider.request.get(site.base_url + each) for each in (path, "/manuals/0123456789ab"))
        assert (hidden.status, hidden.body()) == (404, absent.body()), path
