"""In December the reception center is asked for the coming year's closing days, by mail at its beginning and in its middle (R5-31)."""

from collections.abc import Callable
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from base.daily_runs import DailyRun, Turn, keep
from base.db import transaction
from base.jst import day_of
from base.mail_claims import Composer
from base.mail_text import Composed, Skipped
from base.outbox import Mail, queue_mail
from desk.closing.years import DECEMBER, overdue_year

JOB = "closing days of the year"
KIND = "unconfirmed-year"
AT = time(9)
SUBJECT = "【要対応】{year}年の休業日を確認してください"
MIDDLE = 15

BODY = """\
{operator} ご担当者様

{year}年の休業日が、まだ確認されていません。確認されるまで、{year}年にかかる
日付(システム処理日、利用開始日など)には「暫定」が付きます。

■ していただくこと
休業日をそろえてから、「{year}年を確認済みにする」を押してください。

画面:{base_url}/staff/closing-days?year={year}

このメールは自動で送信しています。返信はお受けできません。
"""


def year_alarm_run(address: str, clock: Callable[[], datetime]) -> DailyRun:
    return DailyRun(JOB, AT, lambda turn: alarm_of_year(turn, address, clock))


def alarm_of_year(turn: Turn, address: str, clock: Callable[[], datetime]) -> str:
    """Once for each half of the month, however often it runs; days without a worker are made up for."""
    with transaction() as session:
        keep(session, turn, clock())
        year = overdue_year(session, turn.on)
        if year is None or turn.on.month != DECEMBER or not address:
            return "nothing to ask"
        occasion = occasion_of(year, turn.on)
        mail = queue_mail(session, kind=KIND, occasion=occasion, address=address, about=str(year), now=clock())
    return f"asked for {year}" if mail else f"asked for {year} before"


def occasion_of(year: int, on: date) -> str:
    return f"{KIND}:{year}:{1 if on.day < MIDDLE else 2}"


def year_alarm_composer(base_url: str, operator_name: str) -> Composer:
    """Judged again at sending."""

    def compose(session: Session, mail: Mail, now: datetime) -> Composed | Skipped:
        year = overdue_year(session, day_of(now))
        if year is None or str(year) != mail.about:
            return Skipped("休業日は確認されています。")
        return Composed(SUBJECT.format(year=year), BODY.format(operator=operator_name, year=year, base_url=base_url))

    return compose
