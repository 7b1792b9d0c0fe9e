"""Dormant IDs as a file for Excel (R2-3)."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from flask import Response

from auth.dormancy_shown import Shown
from auth.dormancy_words import STAGE_LABELS
from base.csv_answers import csv_answer
from base.csv_out import csv_day, csv_moment
from base.jst import day_of
from base.mail_words import fate_of

HEADINGS = (
    *("事業者", "所属事業者", "利用者名(漢字)", "利用者名(カナ)", "メールアドレス(ID)"),
    *("最終ログイン", "IDの発行", "経過日数", "段階", "段階の実施日", "次の段階", "次の段階の日"),
    *("通知メール", "通知メールの送信日時", "通知メールの事情"),
)


def dormancy_csv(people: Sequence[Shown], now: datetime) -> Response:
    return csv_answer(_rows(people), "dormant-ids", now)


def _rows(people: Sequence[Shown]) -> Iterator[tuple[object, ...]]:
    yield HEADINGS
    for one in people:
        yield (*_who(one), *_stages(one), *_mail(one))


def _who(one: Shown) -> tuple[str, ...]:
    user = one.user
    belongs_to = user.contractor.name if user.contractor else user.organization.name
    return (user.organization.name, belongs_to, user.name_kanji, user.name_kana, user.login_id)


def _stages(one: Shown) -> tuple[object, ...]:
    times = (csv_moment(one.user.last_login_at), csv_day(day_of(one.user.issued_at)))
    following = STAGE_LABELS[one.next_stage] if one.next_stage else ""
    return (*times, one.days, STAGE_LABELS[one.stage], csv_day(one.stage_on), following, csv_day(one.next_on))


def _mail(one: Shown) -> tuple[str, str, str]:
    if one.mail is None:
        return ("", "", "")
    fate = fate_of(one.mail)
    return (fate.label, csv_moment(one.mail.sent_at), fate.reason)
