"""The list of contact addresses as a file for Excel (R2-3)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from flask import Response

from base.csv_answers import csv_answer
from base.csv_out import csv_moment
from base.mail_words import fate_of
from base.outbox import Mail
from content.addresses.lists import Group, Listed
from content.addresses.states import valid_until
from content.addresses.words import STATE_TAGS

HEADINGS = (
    *(
        "事業者",
        "本登録の有無",
        "氏名",
        "メールアドレス",
        "状態",
        "不達日時",
        "リンクの有効期限",
        "本登録日時",
        "本登録した人",
    ),
    *("登録依頼メール", "登録依頼メールの事情", "仮登録日時", "削除日時"),
)


def addresses_csv(groups: Iterable[Group], mails: Mapping[str, Mail], now: datetime) -> Response:
    return csv_answer(_rows(groups, mails), "contact-addresses", now)


def _rows(groups: Iterable[Group], mails: Mapping[str, Mail]) -> Iterator[tuple[str, ...]]:
    yield HEADINGS
    for group in groups:
        begun = (group.organization.name, "あり" if group.is_reached else "なし")
        if not group.listed:
            yield (*begun, *[""] * (len(HEADINGS) - len(begun)))
        for each in group.listed:
            yield (*begun, *_cells(each), *_fate(mails.get(each.row.public_id)), *_times(each))


def _cells(each: Listed) -> tuple[str, ...]:
    row = each.row
    until = valid_until(row.link_sent_at) if row.link_sent_at and row.verified_at is None else None
    verified_by = row.verified_by.name_kanji if row.verified_by else ""
    label = STATE_TAGS[each.state][0]
    return (
        row.person_name,
        row.address,
        label,
        *map(csv_moment, (row.bounced_at, until, row.verified_at)),
        verified_by,
    )


def _fate(mail: Mail | None) -> tuple[str, str]:
    fate = fate_of(mail) if mail else None
    return (fate.label, fate.reason) if fate else ("", "")


def _times(each: Listed) -> tuple[str, str]:
    return csv_moment(each.row.registered_at), csv_moment(each.row.removed_at)
