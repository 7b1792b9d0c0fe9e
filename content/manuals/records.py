"""How many people have which version of a manual in hand, from the records of its article (R9-12)."""

from collections.abc import Iterable
from dataclasses import dataclass

from content.files.models import Manual
from content.manuals.states import has_latest
from content.models import Attachment
from content.reading.read_records import OrganizationRecord, PersonRecord


@dataclass(frozen=True, slots=True)
class HeldManual:
    """`latest`: its number, None where all versions were taken back. Of those who have fetched any, how many have it."""

    id: int
    name: str
    latest: int | None
    with_latest: int
    without: int


def held_manuals(
    records: Iterable[OrganizationRecord], manuals: Iterable[tuple[Manual, Attachment | None]]
) -> list[HeldManual]:
    people = [person for record in records for person in record.people if person.versions]
    return [_held(people, manual, latest.version if latest else None) for manual, latest in manuals]


def _held(people: list[PersonRecord], manual: Manual, latest: int | None) -> HeldManual:
    fetched = [of for person in people if (of := person.fetched(manual.id))]
    having = sum(latest is not None and has_latest(of, latest) for of in fetched)
    return HeldManual(manual.id, manual.name, latest, having, len(fetched) - having)
