"""The demo's stops and hours: a disturbance of TAXIS that goes on, the planned stop of its next article, and what fills its calendar."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from base.jst import day_of, start_of
from content.systems.hours import HoursChange, change_hours
from content.systems.opening_hours import Hours
from content.systems.stops import add_planned_stop, begin_disturbance, call_off, end_disturbance, tell
from demo.enrolment import Enrolled
from demo.newsroom import AUTHORS

BEGUN = timedelta(hours=8, minutes=10)
LEAST_LENGTH = timedelta(minutes=100)
EFFECT = "検針結果の照会・ダウンロード(1万件を超えるもの)に時間がかかっています"
FIRST = "検針結果を作るサーバーの負荷が高くなっています。原因を調査しています。"
SECOND = "原因の処理を特定し、止める作業をしています。1回あたり5,000件以下に分けると、ダウンロードできます。"
REPLACEMENT = "機器の入れ替えのため、照会を含むすべての操作ができません"
SLOW = "供給地点の検索に時間がかかっています"
RESTORED = "原因の処理を止め、通常どおり使えるようになりました。"
MAINTENANCE = "サーバーの更新のため、すべての操作ができません"
SUNDAY = 6


LATER_HOURS = Hours(timedelta(hours=7), timedelta(hours=22))


def note_stops(session: Session, enrolled: Enrolled, now: datetime) -> None:
    by, today = enrolled.actor(AUTHORS[0]), start_of(day_of(now))
    begun = min(today + BEGUN, now - LEAST_LENGTH)
    first, second, promised = begun + timedelta(minutes=40), now - timedelta(minutes=35), now + timedelta(minutes=45)
    row = begin_disturbance(
        session, "TAXIS", from_at=begun, effect=EFFECT, next_update_at=first, by=by, now=begun + timedelta(minutes=10)
    )
    tell(session, row, version=1, words=FIRST, next_update_at=second, by=by, now=first)
    other = enrolled.actor(AUTHORS[1])
    tell(session, row, version=2, words=SECOND, next_update_at=promised, by=other, now=second)
    day = today + timedelta(days=(SUNDAY - day_of(now).weekday() - 1) % 7 + 8)
    times = {"from_at": day + timedelta(hours=7, minutes=30), "until_at": day + timedelta(hours=13)}
    add_planned_stop(session, "TAXIS", effect=REPLACEMENT, by=by, now=now, **times)
    _fill_calendar(session, enrolled, now)


def _fill_calendar(session: Session, enrolled: Enrolled, now: datetime) -> None:
    """What was over before today, what is to come, and what was called off."""
    by, today, day, hour = enrolled.actor(AUTHORS[0]), start_of(day_of(now)), timedelta(days=1), timedelta(hours=1)
    over = today - 5 * day + 13 * hour
    row = begin_disturbance(
        session, "JOHS", from_at=over, effect=SLOW, next_update_at=over + 2 * hour, by=by, now=over + hour
    )
    end_disturbance(session, row, version=1, words=RESTORED, ended_at=over + hour, by=by, now=over + 2 * hour)
    sunday = (SUNDAY - day_of(now).weekday() - 1) % 7 + 1
    plans = (("LOACUS", sunday, 0, 4.5), ("JUJU", 9, 12, 2), ("JOHS", sunday + 14, 7.5, 2.5), ("TAXIS", 26, 9, 4))
    rows = [
        add_planned_stop(
            session,
            system,
            from_at=today + days * day + hours * hour,
            until_at=today + days * day + (hours + length) * hour,
            effect=MAINTENANCE,
            by=by,
            now=now,
        )
        for system, days, hours, length in plans
    ]
    call_off(session, rows[1], version=1, by=by, now=now)
    change_hours(session, HoursChange("JUJU", day_of(now) + 20 * day, LATER_HOURS), by=by, now=now)
