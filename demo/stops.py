"""The demo's stops: a disturbance of TAXIS that goes on, and the planned stop of its next article."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from base.jst import day_of, start_of
from content.system_stops import add_planned_stop, begin_disturbance, tell
from demo.enrolment import Enrolled
from demo.newsroom import AUTHORS

BEGUN = timedelta(hours=8, minutes=10)
LEAST_LENGTH = timedelta(minutes=100)
EFFECT = "検針結果の照会・ダウンロード(1万件を超えるもの)に時間がかかっています"
FIRST = "検針結果を作るサーバーの負荷が高くなっています。原因を調査しています。"
SECOND = "原因の処理を特定し、止める作業をしています。1回あたり5,000件以下に分けると、ダウンロードできます。"
REPLACEMENT = "機器の入れ替えのため、照会を含むすべての操作ができません"
SUNDAY = 6


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
