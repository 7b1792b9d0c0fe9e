"""The calendar's screen: what stands on which day, for whom, and where it leads."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from auth.models import User
from base.closing_days import ClosingDay, ConfirmedYear
from base.db import transaction
from base.jst import day_of, start_of
from content.models import SystemStop
from content.page_versions import raise_version_of_system
from tests import make
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.content.library import steady
from tests.content.systems.test_system_hours import HERE as HOURS
from tests.content.systems.test_system_stops import disturb, plan

Enter = Callable[[Person], Visitor]
TODAY = day_of(NOW)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def cells(page: str) -> dict[str, str]:
    """The text of each day of the month."""
    found = re.findall(
        r'<td class="[^"]*"[^>]*>\s*<p class="date"><time datetime="([^"]+)">(.*?)</td>', page, re.DOTALL
    )
    return {day: " ".join(re.sub(r"<[^>]+>", " ", text).split()) for day, text in found}


def links(page: str, day: str) -> list[str]:
    found = re.search(rf'datetime="{day}".*?</td>', page, re.DOTALL)
    return re.findall(r'<a href="([^"]+)"', found[0]) if found else []


@pytest.fixture
def desk(cast: Cast, enter: Enter) -> Visitor:
    return enter(cast.reception)


def test_a_month_shows_stops_hours_processing_dates_and_closed_days(
    app: Flask, cast: Cast, desk: Visitor, enter: Enter, hands: Hands
) -> None:
    """R9-8, R2-1, R5-30..R5-32: as of this request, though it was drawn and kept before; each leads where it is explained."""
    reader, manager = enter(cast.higashi_reader), enter(cast.higashi_manager)
    assert cells(reader.page("/calendar"))["2026-11-25"] == "25 11/25(水)"
    stop = plan(desk, start_of(TODAY + 3 * DAY) + 22 * HOUR, start_of(TODAY + 4 * DAY) + 6 * HOUR)
    off = plan(desk, start_of(TODAY + 5 * DAY) + 9 * HOUR, start_of(TODAY + 5 * DAY) + 11 * HOUR, "JUJU")
    desk.submit(off, f"{off}/cancel")
    begun = disturb(desk, hands, "JOHS")
    desk.submit(HOURS, system="LOACUS", from_day="2026-11-28", opens="7:00", closes="24:00")
    with app.app_context(), transaction() as session:
        session.add(ClosingDay(day=TODAY + 4 * DAY, name="創立記念日"))
    page = reader.page("/calendar")
    shown = cells(page)
    assert len(shown) == 30
    assert shown["2026-11-16"] == "16 11/16(月) 処理日 11/01(日)〜11/15(日) 受付分"
    assert shown["2026-11-12"] == "12 11/12(木) 新規申請の締切 処理日 11/16(月)"
    assert (
        shown["2026-11-22"]
        == "22 11/22(日) JOHS 障害 11:50〜 継続中 検針結果の&lt;b&gt;ダウンロード&lt;/b&gt;に時間がかかっています"
    )
    assert shown["2026-11-23"] == "23 11/23(月) 勤労感謝の日"
    assert shown["2026-11-25"] == "25 11/25(水) TAXIS 計画停止 22:00〜 機器の入れ替え"
    assert shown["2026-11-26"] == "26 11/26(木) 創立記念日 TAXIS 計画停止 〜6:00 機器の入れ替え"
    assert shown["2026-11-27"] == "27 11/27(金) JUJU 計画停止 (取り止め) 9:00〜11:00 機器の入れ替え"
    assert shown["2026-11-28"] == "28 11/28(土) LOACUS 利用時間の変更 7:00〜24:00"
    assert 'class="off today" aria-current="date"' in page
    assert links(page, "2026-11-25") == ["/systems/taxis"]
    assert links(page, "2026-11-16") == ["#processing"]
    assert 'id="processing"' in page
    assert links(manager.page("/calendar"), "2026-11-12") == ["/requests/new"]
    assert links(desk.page("/calendar"), "2026-11-25") == [stop]
    assert links(desk.page("/calendar"), "2026-11-22") == [begun]
    for href in re.findall(r'href="(/calendar\?month=[^"]+)"', page):
        assert reader.get(href).status_code == 200
    assert "処理日(暫定)" in cells(reader.page("/calendar?month=2028-02"))["2028-02-01"]
    assert "(暫定)" not in reader.page("/calendar?month=2027-11").split("<table")[1].split("</table>")[0]
    with app.app_context(), transaction() as session:
        session.add(ConfirmedYear(year=2026, confirmed_at=NOW, confirmed_by_id=cast.reception.user_id))
    assert "処理日(暫定)" in cells(reader.page("/calendar?month=2027-01"))["2027-01-05"]
    assert reader.page("/calendar?month=0001-01").count(">2026年11月<") == page.count(">2026年11月<")


def test_the_outsiders_month_is_the_same_whatever_happens_elsewhere(
    cast: Cast, desk: Visitor, enter: Enter, hands: Hands
) -> None:
    """R7-2, R8-6, E9, E11: にしガス uses JOHS alone; staff see everything."""
    outsider = enter(cast.nishi_reader)
    before = steady(outsider.page("/calendar"))
    for system in ("TAXIS", "LOACUS"):
        plan(desk, NOW + HOUR, NOW + 3 * HOUR, system)
    disturb(desk, hands)
    desk.submit(HOURS, system="TAXIS", from_day="2026-11-25", opens="7:00", closes="24:00")
    assert steady(outsider.page("/calendar")) == before
    assert "TAXIS" not in before
    plan(desk, NOW + HOUR, NOW + 2 * HOUR, "JOHS")
    assert cells(outsider.page("/calendar"))["2026-11-22"] == "22 11/22(日) JOHS 計画停止 13:00〜14:00 機器の入れ替え"
    today = cells(enter(cast.operations).page("/calendar"))["2026-11-22"]
    assert [name in today for name in ("TAXIS 障害", "TAXIS 計画停止", "LOACUS 計画停止", "JOHS 計画停止")] == [
        True
    ] * 4


def test_a_month_that_was_kept_changes_when_time_does(app: Flask, cast: Cast, enter: Enter, hands: Hands) -> None:
    """E12: today is another day from midnight on, and what goes on stands there too."""
    with app.app_context(), transaction() as session:
        author = session.get_one(User, cast.reception.user_id)
        make.planned_stop(session, author, from_at=NOW - HOUR)
        session.execute(update(SystemStop).values(kind="disturbance", until_at=None, next_update_at=NOW))
        raise_version_of_system(session, "TAXIS")
    midnight = start_of(TODAY + DAY)
    hands.now = midnight - timedelta(seconds=1)
    reader = enter(cast.higashi_reader)
    shown = []
    for moment in (hands.now, midnight):
        hands.now = moment
        page = reader.page("/calendar")
        found = re.search(r'aria-current="date">\s*<p class="date"><time datetime="([^"]+)"', page)
        shown.append((found[1] if found else "", *(cells(page)[f"2026-11-{day}"] for day in (22, 23))))
    effect = "機器の入れ替え"
    assert shown == [
        ("2026-11-22", f"22 11/22(日) TAXIS 障害 11:00〜 継続中 {effect}", "23 11/23(月) 勤労感謝の日"),
        (
            "2026-11-23",
            f"22 11/22(日) TAXIS 障害 11:00〜 {effect}",
            f"23 11/23(月) 勤労感謝の日 TAXIS 障害 継続中 {effect}",
        ),
    ]
