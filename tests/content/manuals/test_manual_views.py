"""A manual at the reader's door: its page, its latest file, its marks; and for those who may not have it nothing at all."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from base.db import db, transaction
from content.files.models import ManualRead
from content.models import ReadingCount
from content.reading.readings import note_fetched
from rights.models import HeldRight
from tests import hostile_files, make
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.content.library import Library, steady
from tests.settings import BASE_URL

Enter = Callable[[Person], Visitor]
MINUTE = timedelta(minutes=1)
FIRST, SECOND, THIRD = (hostile_files.pdf(pages) for pages in (1, 2, 3))
IN_LISTS, IN_ARTICLE, AT_HOME = "前回読んだあとに更新", "前回読んだあとに改訂</span>", "前回読んだあとに改訂された資料"


def sent(visitor: Visitor, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    with visitor.get(path, headers) as answer:
        return answer.status_code, answer.data


def fetched(library: Library) -> list[tuple[int, int]]:
    """Who has fetched which version."""
    with library.app.app_context():
        rows = db.session.execute(select(ManualRead.user_id, ManualRead.version).order_by(ManualRead.version))
        return [(row.user_id, row.version) for row in rows]


def test_the_address_of_a_manual_stays_and_leads_to_the_latest(cast: Cast, library: Library, enter: Enter) -> None:
    """R9-12, E2, E11: under its own name, asked for anew each time, older versions beside it."""
    article = library.publish("taxis", kind="manual", title="マニュアルのご案内")
    manual, files = library.manual(article, FIRST, SECOND)
    reader = enter(cast.higashi_reader)
    latest = f"/manuals/{manual}/latest"
    with reader.get(latest) as answer:
        assert answer.data == SECOND
        assert "filename*=UTF-8''%E6%93%8D%E4%BD%9C" in answer.headers["Content-Disposition"]
        assert "_2.pdf" in answer.headers["Content-Disposition"]
        assert answer.headers["Cache-Control"] == "private, no-cache"
        tag = answer.headers["ETag"]
    assert sent(reader, latest, {"If-None-Match": tag}) == (304, b"")
    page = reader.page(f"/manuals/{manual}")
    for words in (
        "第2版 ・ 改訂 2026/",
        "第1版の変更点",
        "第2版の変更点",
        "マニュアルのご案内",
        f'href="/files/{files[0]}"',
    ):
        assert words in page, words
    shown = reader.page(f"/articles/{article}")
    assert f'<a href="{latest}">操作マニュアル</a>' in shown
    assert shown.count("/files/") == 1, "the older version alone is folded away"
    third, _ = library.manual(article, THIRD, name="別の資料")
    assert sent(reader, f"/manuals/{third}/latest")[1] == THIRD


def test_a_new_version_is_marked_until_it_is_fetched(cast: Cast, library: Library, enter: Enter, hands: Hands) -> None:
    """R9-12, R7-6: for those who had one before; noted where the file was sent, once; staff leave no trace."""
    article = library.publish("taxis", kind="manual")
    manual, files = library.manual(article, FIRST, SECOND)
    reader, newcomer, outsider = map(enter, (cast.higashi_reader, cast.higashi_contractor, cast.nishi_reader))
    marked = [("/", AT_HOME), ("/pages/taxis", IN_LISTS), ("/pages/taxis/reference", IN_LISTS)]
    marked += [(f"/articles/{article}", IN_ARTICLE), (f"/manuals/{manual}", "前回は第1版を受け取っています")]

    def marks(visitor: Visitor) -> set[bool]:
        return {mark in visitor.page(path) for path, mark in marked}

    assert marks(reader) == {False}
    assert sent(reader, f"/files/{files[0]}")[0] == 200
    assert marks(reader) == {True}
    assert marks(newcomer) == {False}
    assert AT_HOME not in outsider.page("/")
    with reader.browser.head(f"/manuals/{manual}/latest", base_url=BASE_URL, headers=reader._headers(None)) as asked:
        assert asked.status_code == 200
    sent(enter(cast.reception), f"/manuals/{manual}/latest")
    assert fetched(library) == [(cast.higashi_reader.user_id, 1)]
    for _ in range(2):
        hands.now += MINUTE
        assert sent(reader, f"/manuals/{manual}/latest")[0] == 200
    assert marks(reader) == {False}
    assert "お手元の版" in reader.page(f"/manuals/{manual}")
    with library.app.app_context():
        reads = db.session.get_one(ReadingCount, cast.higashi_reader.user_id).reads
    assert reads == 3, "article and both versions, each once"


def test_a_version_that_was_taken_back_is_gone_and_its_readers_are_told(
    cast: Cast, library: Library, enter: Enter, hands: Hands
) -> None:
    """R9-12, E12: 404 from the next request on, and the one before is the latest again."""
    article = library.publish("taxis", kind="manual")
    manual, files = library.manual(article, FIRST, SECOND)
    reader, colleague = enter(cast.higashi_reader), enter(cast.higashi_contractor)
    for number, file in enumerate(files):
        hands.now = NOW + number * MINUTE
        assert sent(reader, f"/files/{file}")[0] == 200
    assert sent(colleague, f"/files/{files[0]}")[0] == 200
    library.remove(files[1])
    assert sent(reader, f"/files/{files[1]}")[0] == 404
    assert sent(colleague, f"/manuals/{manual}/latest") == (200, FIRST)
    page = reader.page(f"/manuals/{manual}")
    assert "お手元の第2版は取り下げられました" in page
    assert files[1] not in page
    assert IN_LISTS in reader.page("/pages/taxis")
    assert IN_LISTS not in colleague.page("/pages/taxis")
    hands.now += MINUTE
    sent(reader, f"/manuals/{manual}/latest")
    assert "取り下げられました" not in reader.page(f"/manuals/{manual}")
    assert IN_LISTS not in reader.page("/pages/taxis")
    library.remove(files[0])
    for path in (f"/manuals/{manual}", f"/manuals/{manual}/latest"):
        assert sent(reader, path)[0] == 404, path


def test_the_outsider_learns_nothing_of_a_manual(cast: Cast, library: Library, enter: Enter) -> None:
    """R8-6, E9, E10, E11: with and without it every page of his is the same, and its addresses are nobody's."""
    library.publish("johs", title="みんなの記事")
    article = library.publish("taxis", kind="manual")
    outsider, reader = enter(cast.nishi_reader), enter(cast.higashi_reader)
    paths = ("/", "/?show=unread", "/pages/common", "/pages/johs", "/pages/johs/reference", "/search?q=操作")
    before = [steady(outsider.page(path)) for path in paths]
    manual, files = library.manual(article, FIRST, SECOND)
    sent(reader, f"/files/{files[0]}")
    assert [steady(outsider.page(path)) for path in paths] == before
    with reader.get(f"/manuals/{manual}/latest") as answer:
        tag = answer.headers["ETag"]
    for ending in ("", "/latest"):
        for headers in ({}, {"If-None-Match": tag}, {"If-None-Match": "*"}, {"Range": "bytes=0-9"}):
            hidden, absent = (outsider.get(f"/manuals/{each}{ending}", headers) for each in (manual, "0123456789ab"))
            assert (hidden.status_code, hidden.data) == (404, absent.data), (ending, headers)
            assert [name for name, _ in hidden.headers] == [name for name, _ in absent.headers]
    assert fetched(library) == [(cast.higashi_reader.user_id, 1), (cast.higashi_reader.user_id, 2)]


@pytest.mark.parametrize("gone", ["withdrawn", "ended", "draft", "right"])
def test_what_is_no_longer_theirs_is_gone_with_the_next_request(
    app: Flask, cast: Cast, library: Library, enter: Enter, gone: str
) -> None:
    """E12, R7-3: also for the mark at home; those who publish still open it."""
    library.narrow("taxis")
    article = library.publish("taxis", kind="manual")
    manual, files = library.manual(article, FIRST, SECOND)
    reader, desk = enter(cast.higashi_reader), enter(cast.reception)
    sent(reader, f"/files/{files[0]}")
    assert AT_HOME in reader.page("/")
    if gone == "right":
        with app.app_context(), transaction() as session:
            his = (HeldRight.user_id == cast.higashi_reader.user_id, HeldRight.system == "TAXIS")
            session.execute(update(HeldRight).where(*his).values(until_at=NOW))
    else:
        columns: dict[str, dict[str, object]] = {"ended": {"ends_at": NOW}, "draft": {"published_at": None}}
        library.change(article, **columns.get(gone, {"withdrawn_at": NOW, "withdraw_reason": "誤り"}))
    assert AT_HOME not in reader.page("/")
    for path in (f"/manuals/{manual}", f"/manuals/{manual}/latest", f"/files/{files[0]}", f"/articles/{article}"):
        assert sent(reader, path)[0] == 404, path
    assert sent(desk, f"/manuals/{manual}/latest") == (200, SECOND)
    assert sent(desk, f"/manuals/{manual}")[0] == 200


def test_staff_see_who_has_which_version(cast: Cast, library: Library, enter: Enter, hands: Hands) -> None:
    """R9-12, R7-6: also who never opened the article, or can't see it any more; in the file as well."""
    library.narrow("taxis")
    article = library.publish("taxis", kind="manual")
    _manual, files = library.manual(article, FIRST, SECOND)
    reader, colleague = enter(cast.higashi_reader), enter(cast.higashi_manager)
    for number, file in enumerate(files):
        hands.now = NOW + number * MINUTE
        assert sent(reader, f"/files/{file}")[0] == 200
    assert sent(colleague, f"/files/{files[0]}")[0] == 200
    with library.app.app_context(), transaction() as session:
        his = (HeldRight.user_id == cast.higashi_reader.user_id, HeldRight.system == "TAXIS")
        session.execute(update(HeldRight).where(*his).values(until_at=NOW))
    desk = enter(cast.reception)
    page = desk.page(f"/staff/articles/{article}/readers")
    assert "操作マニュアル 第2版 2026/11/22(日) 12:01(PC-03)" in page
    row = page.split("資料を受け取った人")[1].split("</table>")[0]
    assert [int(number) for number in re.findall(r'class="num">(\d+)<', row)] == [1, 1]
    lines = desk.get(f"/staff/articles/{article}/readers.csv").text.splitlines()
    assert lines[0].endswith('"操作マニュアル 受け取った版","操作マニュアル 最後に受け取った日時"')
    by_name = {name: line for line in lines for name in ("南 次郎", "東野 花子", "東 健") if name in line}
    assert '"今は見られない"' in by_name["南 次郎"]
    assert by_name["南 次郎"].endswith('"第1版、第2版","2026/11/22 12:01"')
    assert by_name["東野 花子"].endswith('"第1版","2026/11/22 12:01"')
    assert by_name["東 健"].endswith('"",""')
    assert "にしガス" not in "".join(lines)


def test_a_lost_file_is_not_noted_as_fetched(cast: Cast, library: Library, enter: Enter) -> None:
    """I13, R9-12."""
    manual, _ = library.manual(library.publish("taxis"), FIRST)
    for stored in library.store.root.rglob("*"):
        if stored.is_file():
            stored.unlink()
    assert sent(enter(cast.higashi_reader), f"/manuals/{manual}/latest")[0] == 500
    assert fetched(library) == []


def test_a_version_is_noted_once_and_the_last_fetching_is_kept(session: Session) -> None:
    """R9-12: on both databases."""
    person = make.user(session, make.organization(session))
    manual = make.manual(session, make.attachment(session, make.article(session, person)))
    assert [note_fetched(session, person.id, manual.id, 1, f"PC-{at}", NOW + at * MINUTE) for at in (0, 1)] == [1, 2]
    row = session.get_one(ManualRead, (person.id, manual.id, 1))
    session.refresh(row)
    assert (row.opened_at, row.last_opened_at, row.pc_name) == (NOW, NOW + MINUTE, "PC-0")
