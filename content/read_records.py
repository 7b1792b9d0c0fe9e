"""Who has opened and acknowledged a notice, rolled up per organization (R7-6, R9-3)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from content.seeing_people import SeeingPerson


@dataclass(frozen=True, slots=True)
class Reading:
    user_id: int
    organization_id: int
    name: str
    opened_at: datetime
    opened_pc: str
    acknowledged_at: datetime | None
    acknowledged_pc: str | None


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """`is_seeing` is False for who has opened it and couldn't any more."""

    name: str
    is_seeing: bool
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class OrganizationRecord:
    """`is_seeing` is False for an organization that only has records of before."""

    id: int
    name: str
    is_seeing: bool
    people: tuple[PersonRecord, ...]

    @property
    def opened(self) -> int:
        return sum(each.reading is not None for each in self.people)

    @property
    def acknowledged(self) -> int:
        return sum(each.reading is not None and each.reading.acknowledged_at is not None for each in self.people)

    @property
    def is_unacknowledged(self) -> bool:
        """Who is chased: it sees the notice, and nobody of it has acknowledged."""
        return self.is_seeing and self.acknowledged == 0

    def share(self, count: int) -> int:
        """In whole percent of its people; at least 1 where there is anybody."""
        return max(1, count * 100 // len(self.people)) if count else 0


def rolled_up(
    names: Mapping[int, str],
    seeing: Collection[int],
    people: Mapping[int, Iterable[SeeingPerson]],
    readings: Iterable[Reading],
) -> tuple[OrganizationRecord, ...]:
    """In the order of `names`: those that see the notice, and those that have opened it before."""
    by_user = {each.user_id: each for each in readings}
    now_seeing = {each.id for theirs in people.values() for each in theirs}
    former: dict[int, list[PersonRecord]] = {}
    for each in by_user.values():
        if each.user_id not in now_seeing:
            former.setdefault(each.organization_id, []).append(PersonRecord(each.name, False, each))
    return tuple(
        OrganizationRecord(of, name, of in seeing, (*_present(people.get(of, ()), by_user), *former.get(of, ())))
        for of, name in names.items()
        if of in seeing or of in former
    )


def _present(people: Iterable[SeeingPerson], by_user: Mapping[int, Reading]) -> tuple[PersonRecord, ...]:
    return tuple(PersonRecord(each.name, True, by_user.get(each.id)) for each in people)
