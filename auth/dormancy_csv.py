"""Dormant IDs as a file for Excel (R2-3)."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from flask import Response

from auth.dormancy_shown import Shown
from auth.dormancy_words import STAGE_LABELS
from base.csv_out import csv_lines
from base.jst import day_of, in_jst
from base.mail_fates import fate_of

HEADINGS = (
    *("事業者", "所属事業者", "利用者名(漢字)", "利用者名(カナ)", "メールアドレス(ID)"),
    *("最終ログイン", "IDの発行", "経過日数", "段階", "段階の実施日", "次の段階", "次の段階の日"),
    *("通知メール", "通知メールの送信日時", "通知メールの事情"),
)


def csv_answer(people: Sequence[Shown], now: datetime) -> Response:
    answer = Response(csv_lines(_rows(people)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename=dormant-ids-{day_of(now):%Y%m%d}.csv"
    return answer


def _rows(people: Sequence[Shown]) -> Iterator[tuple[object, ...]]:
    yield HEADINGS
    for one in people:
        yield (*_who(one), *_stages(one), *_mail(one))


def _who(one: Shown) -> tuple[str, ...]:
    user = one.user
    belongs_to = user.contractor.name if user.contractor else user.organization.name
    return (user.organization.name, belongs_to, user.name_kanji, user.name_kana, user.login_id)


def _stages(one: Shown) -> tuple[object, ...]:
    times = (_moment(one.user.last_login_at), _day(day_of(one.user.issued_at)))
    following = STAGE_LABELS[one.next_stage] if one.next_stage else ""
    return (*times, one.days, STAGE_LABELS[one.stage], _day(one.stage_on), following, _day(one.next_on))


def _mail(one: Shown) -> tuple[str, str, str]:
    if one.mail is None:
        return ("", "", "")
    fate = fate_of(one.mail)
    return (fate.label, _moment(one.mail.sent_at), fate.reason)


def _moment(moment: datetime | None) -> str:
    return f"{in_jst(moment):%Y/%m/%d %H:%M}" if moment else ""


def _day(day: date | None) -> str:
    return f"{day:%Y/%m/%d}" if day else ""
