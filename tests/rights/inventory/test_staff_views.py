"""棚卸 at the reception center's screens: begun, watched, reminded of, ended (R5-20, R9-5)."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from base.daily_runs import run_if_due
from base.db import db
from base.outbox import Mail
from rights.inventory.reminders import REMINDER, inventory_run
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.conftest import Hands
from tests.rights.inventory.asking import NAME, begun
from tests.rights.inventory.test_views import keep_everybody

Enter = Callable[[Person], Visitor]
LIST = "/staff/inventories"
TUESDAY = datetime(2026, 11, 24, 5, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 29, 1, tzinfo=UTC)


@pytest.fixture
def reception(cast: Cast, enter: Enter) -> Visitor:
    return enter(cast.reception)


def test_it_is_begun_once_with_a_name_and_a_day_to_come(reception: Visitor) -> None:
    """R5-20, R8-3, G1: what was typed is kept; pressed twice, there is one."""
    for name, due_on, words in (
        ("", "2026-12-11", "入力してください"),
        (NAME, "2026-11-01", "明日からあとの日"),
        (NAME, "12月", "日付を入力してください"),
        (NAME, "9999-12-31", "1年より先"),
    ):
        refused = reception.submit(LIST, name=name, due_on=due_on)
        assert refused.status_code == 422
        assert words in refused.text
        assert f'value="{due_on}"' in refused.text
    form = reception.form(LIST, LIST)
    values = {**form.values, "name": NAME, "due_on": "2026-12-11"}
    first, second = (reception.post(LIST, values) for _ in range(2))
    assert (first.status_code, first.location) == (303, second.location)
    page = reception.page(LIST)
    assert page.count(f">{NAME}</a>") == 1
    assert "一度に一つです" in page


def test_progress_is_drawn_with_its_numbers_and_narrowed(
    app: Flask, cast: Cast, reception: Visitor, enter: Enter
) -> None:
    """R9-5: each organization's bar, its numbers beside it; the record once it has completed."""
    campaign = begun(app, cast)
    manager, path = enter(cast.nishi_manager), f"/inventory/{campaign}"
    keep_everybody(manager, path)
    manager.submit(path, f"{path}/completion")
    page = reception.page(f"{LIST}/{campaign}")
    assert page.count('class="answer-bar"') == 3
    assert 'class="answer-keep" x="0.0" width="100.0"' in page
    assert "西川 一郎" in page
    narrowed = reception.page(f"{LIST}/{campaign}?show=completed")
    assert "にしガス" in narrowed
    assert "ひがしガス" not in narrowed
    rows = list(csv.reader(io.StringIO(reception.get(f"{LIST}/{campaign}/progress.csv").data.decode("utf-8-sig"))))
    assert rows[1][:4] == ["にしガス株式会社", "完了", "1", "0"]
    assert [row[0] for row in rows[1:]] == ["にしガス株式会社", "ひがしガス株式会社", "みなと製造株式会社"]
    record = page.split("record.pdf")[0].rpartition('href="')[2] + "record.pdf"
    assert reception.get(record).data.startswith(b"%PDF")
    assert "2" in reception.page("/staff").split("棚卸が未完了の事業者")[0][-30:]


def test_reminders_are_pressed_for_on_business_days(app: Flask, cast: Cast, enter: Enter, hands: Hands) -> None:
    """R5-20: all that aren't done, then nobody again today."""
    path, hands.now = f"{LIST}/{begun(app, cast)}", TUESDAY
    reception = enter(cast.reception)
    press = reception.form(path, f"{path}/reminders")
    everybody = reception.post(press.action, press.values, follow_redirects=True)
    assert "催促メール4件を送ります。" in everybody.text
    assert f"{path}/reminders" not in everybody.text
    again = reception.post(press.action, {**press.values, "form_key": "0" * 32}, follow_redirects=True)
    assert "送るメールはありませんでした" in again.text


def test_no_reminder_is_pressed_for_on_a_closed_day(app: Flask, cast: Cast, enter: Enter, hands: Hands) -> None:
    """R5-20: neither by a page of another day; the screen says when it can be."""
    path, hands.now = f"{LIST}/{begun(app, cast)}", SUNDAY
    reception = enter(cast.reception)
    page = reception.page(path)
    assert "次の営業日 2026/11/30(月) に催促メールを送れます。" in page
    assert f"{path}/reminders" not in page
    token = reception.form(path, "/logout").values["csrf_token"]
    refused = reception.post(f"{path}/reminders", {"csrf_token": token, "form_key": "1" * 32})
    assert refused.status_code == 400
    assert "催促メールは営業日だけ送れます。" in refused.text


def test_it_is_ended_in_two_steps(app: Flask, cast: Cast, reception: Visitor, enter: Enter) -> None:
    """R5-20, R8-8: then nobody answers, and there is no record of who hasn't completed."""
    campaign = begun(app, cast)
    assert "ひがしガス株式会社" in reception.page(f"{LIST}/{campaign}/end")
    assert reception.submit(f"{LIST}/{campaign}/end").location == f"{LIST}/{campaign}"
    page = enter(cast.higashi_manager).page(f"/inventory/{campaign}")
    assert "この棚卸は終了しました" in page
    assert "/answers" not in page


def test_the_worker_reminds_by_itself_once_a_stage(app: Flask, cast: Cast) -> None:
    """R5-20, G4: on the tenth business day before the due date, from nine in the morning on."""
    begun(app, cast)

    def woken(now: datetime) -> int:
        with app.app_context():
            run_if_due(inventory_run(lambda: now), lambda: now)
            return db.session.scalar(select(func.count()).where(Mail.kind == REMINDER)) or 0

    tenth = datetime(2026, 11, 27, tzinfo=UTC)
    assert [woken(tenth - timedelta(minutes=1)), woken(tenth), woken(tenth + timedelta(hours=3))] == [0, 4, 4]
