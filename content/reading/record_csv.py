"""Who has opened and acknowledged a notice as a file for Excel: one line a person (R9-3, R2-3)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from flask import Response

from base.csv_answers import csv_answer
from base.csv_out import csv_moment
from content.manuals.records import HeldManual
from content.reading.read_records import OrganizationRecord, PersonRecord

HEADINGS = ("事業者", "氏名", "閲覧", "開いた日時", "開いたPC", "確認した日時", "確認したPC")


# For each of the article's manuals, behind its name (R9-12).
OF_A_MANUAL = ("受け取った版", "最後に受け取った日時")


def records_csv(
    records: Iterable[OrganizationRecord], manuals: Sequence[HeldManual], name: str, now: datetime
) -> Response:
    return csv_answer(_rows(records, manuals), name, now)


def _rows(records: Iterable[OrganizationRecord], manuals: Sequence[HeldManual]) -> Iterator[tuple[str, ...]]:
    headings = (*HEADINGS, *(f"{manual.name} {what}" for manual in manuals for what in OF_A_MANUAL))
    yield headings
    for each in records:
        if not each.people:
            yield (each.name, *[""] * (len(headings) - 1))
        for person in each.people:
            yield (each.name, *_cells(person), *(cell for manual in manuals for cell in _held(person, manual)))


def _held(person: PersonRecord, manual: HeldManual) -> tuple[str, str]:
    fetched = person.fetched(manual.id)
    versions = "、".join(f"第{number}版" for number in sorted(fetched))
    return versions, csv_moment(max(fetched.values(), default=None))


def _cells(person: PersonRecord) -> tuple[str, ...]:
    may, reading = "見られる" if person.is_seeing else "今は見られない", person.reading
    if reading is None:
        return (person.name, may, "", "", "", "")
    opened = (csv_moment(reading.opened_at), reading.opened_pc)
    return (person.name, may, *opened, csv_moment(reading.acknowledged_at), reading.acknowledged_pc or "")
