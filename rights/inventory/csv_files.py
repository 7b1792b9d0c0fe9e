"""An inventory as files for Excel: the people to answer for, the completion record, the progress of all (R5-20, R9-5)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from flask import Response

from base.csv_answers import csv_answer
from base.csv_out import csv_day, csv_moment
from base.sentences import say
from rights.codes import JUJU_YES, SYSTEMS_WITH_RIGHTS, System
from rights.inventory.lists import Line
from rights.inventory.models import InventoryItem
from rights.inventory.queries import Progress
from rights.inventory.record import Record, RecordLine
from rights.inventory.rules import STAGE_TAGS, STANDING_TAGS, Standing

PERSON = ("利用者名(漢字)", "利用者名(カナ)", "メールアドレス(ID)", "所属事業者")
ANSWER = ("回答", "回答者", "回答日時", "申請番号")
SYSTEMS = tuple(str(system) for system in SYSTEMS_WITH_RIGHTS)
PEOPLE = (
    *(*PERSON, "ご本人", *SYSTEMS, "アカウントの状態", "長期未使用", "最終ログイン", "最終ログインのPC"),
    *("そのPCの証明書の期限", *ANSWER),
)
RECORD = (
    *PERSON,
    "回答者ご本人",
    *(f"開始時 {name}" for name in SYSTEMS),
    *(f"完了時 {name}" for name in SYSTEMS),
    *ANSWER,
)
PROGRESS = (
    "事業者",
    "状況",
    "対象者数",
    *(STANDING_TAGS[each][0] for each in Standing),
    "完了日時",
    "完了した人",
    "最後の催促",
)


def people_csv(lines: Iterable[Line], own_id: int, now: datetime) -> Response:
    return csv_answer(_people(lines, own_id), "inventory", now)


def record_csv(record: Record, now: datetime) -> Response:
    return csv_answer(_record(record), "inventory-record", now)


def progress_csv(rows: Iterable[Progress], reminders: Mapping[int, datetime], now: datetime) -> Response:
    return csv_answer(_progress(rows, reminders), "inventory-progress", now)


def code_words(system: System, code: str | None) -> str:
    """JUJU's own value says nothing to its readers."""
    return say("権限あり") if system is System.JUJU and code == JUJU_YES else code or ""


def _people(lines: Iterable[Line], own_id: int) -> Iterator[tuple[object, ...]]:
    yield PEOPLE
    for line in lines:
        user = line.user
        yield (
            *_person(line.item),
            "○" if user.id == own_id else "",
            *(_title(line, system) for system in SYSTEMS_WITH_RIGHTS),
            line.account[0],
            "120日以上" if line.is_dormant else "",
            *(csv_moment(user.last_login_at), user.last_login_pc or "", csv_day(line.pc_until)),
            *_answer(line.item, line.standing),
        )


def _record(record: Record) -> Iterator[tuple[object, ...]]:
    yield ("棚卸", record.campaign.name)
    yield ("事業者", record.signed.organization.name)
    yield ("開始日時", csv_moment(record.campaign.started_at))
    yield ("回答の期限", csv_day(record.campaign.due_on))
    yield ("完了日時", csv_moment(record.signed.at))
    yield ("完了した人", record.signed.by.name_kanji)
    yield ("",)
    yield RECORD
    yield from map(_record_line, record.lines)


def _record_line(line: RecordLine) -> tuple[object, ...]:
    codes = [
        code_words(system, held.get(system)) for held in (line.before, line.after) for system in SYSTEMS_WITH_RIGHTS
    ]
    return (*_person(line.item), "○" if line.is_own else "", *codes, *_answer(line.item, line.standing))


def _progress(rows: Iterable[Progress], reminders: Mapping[int, datetime]) -> Iterator[tuple[object, ...]]:
    yield PROGRESS
    for each in rows:
        counts = (each.tally.counts.get(standing, 0) for standing in Standing)
        signed = (csv_moment(each.signed.at), each.signed.by.name_kanji) if each.signed else ("", "")
        last = csv_moment(reminders.get(each.organization.id))
        yield (each.organization.name, STAGE_TAGS[each.stage][0], each.tally.people, *counts, *signed, last)


def _person(item: InventoryItem) -> tuple[str, ...]:
    user = item.user
    return user.name_kanji, user.name_kana, user.login_id, (user.contractor or user.organization).name


def _title(line: Line, system: System) -> str:
    right = line.right(system)
    return right.title if right else ""


def _answer(item: InventoryItem, standing: Standing) -> tuple[str, ...]:
    """Of an answer that stands."""
    if standing in {Standing.UNANSWERED, Standing.GONE} or item.answered_by is None:
        return (STANDING_TAGS[standing][0], "", "", "")
    number = item.request.number if item.request else ""
    return (STANDING_TAGS[standing][0], item.answered_by.name_kanji, csv_moment(item.answered_at), number)
