"""Who has opened and acknowledged a notice as a file for Excel: one line a person (R9-3, R2-3)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from flask import Response

from base.csv_answers import csv_answer
from base.csv_out import csv_moment
from content.read_records import OrganizationRecord, PersonRecord

HEADINGS = ("事業者", "氏名", "閲覧", "開いた日時", "開いたPC", "確認した日時", "確認したPC")


def records_csv(records: Iterable[OrganizationRecord], name: str, now: datetime) -> Response:
    return csv_answer(_rows(records), name, now)


def _rows(records: Iterable[OrganizationRecord]) -> Iterator[tuple[str, ...]]:
    yield HEADINGS
    for each in records:
        if not each.people:
            yield (each.name, *[""] * (len(HEADINGS) - 1))
        yield from ((each.name, *_cells(person)) for person in each.people)


def _cells(person: PersonRecord) -> tuple[str, ...]:
    may, reading = "見られる" if person.is_seeing else "今は見られない", person.reading
    if reading is None:
        return (person.name, may, "", "", "", "")
    opened = (csv_moment(reading.opened_at), reading.opened_pc)
    return (person.name, may, *opened, csv_moment(reading.acknowledged_at), reading.acknowledged_pc or "")
