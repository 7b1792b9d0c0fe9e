"""Who has opened and acknowledged a notice and fetched its manuals, rolled up per organization (R7-6, R9-3, R9-12)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from content.mailing.seeing_people import SeeingPerson


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
class FetchedVersion:
    """A version of one of the article's manuals in somebody's hands: first fetched `at`, last `last_at` (R9-12)."""

    user_id: int
    organization_id: int
    name: str
    manual_id: int
    manual: str
    version: int
    at: datetime
    last_at: datetime
    pc: str


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """`is_seeing` is False for who has opened it and couldn't any more. `versions` in the order of their manuals, newest first."""

    name: str
    is_seeing: bool
    reading: Reading | None
    versions: tuple[FetchedVersion, ...] = ()

    def fetched(self, manual_id: int) -> dict[int, datetime]:
        return {each.version: each.last_at for each in self.versions if each.manual_id == manual_id}


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
    fetched: Iterable[FetchedVersion] = (),
) -> tuple[OrganizationRecord, ...]:
    """In the order of `names`: those that see the notice, and those that have opened it before."""
    left = _Left({each.user_id: each for each in readings}, _by_user(fetched))
    now_seeing = {each.id for theirs in people.values() for each in theirs}
    former: dict[int, list[PersonRecord]] = {}
    for user_id, trace in left.traces().items():
        if user_id not in now_seeing:
            former.setdefault(trace.organization_id, []).append(left.record(user_id, trace.name, is_seeing=False))
    return tuple(
        OrganizationRecord(
            of,
            name,
            of in seeing,
            (
                *(left.record(each.id, each.name, is_seeing=True) for each in people.get(of, ())),
                *former.get(of, ()),
            ),
        )
        for of, name in names.items()
        if of in seeing or of in former
    )


@dataclass(frozen=True, slots=True)
class _Left:
    """What reading has left behind, by person."""

    readings: Mapping[int, Reading]
    versions: Mapping[int, tuple[FetchedVersion, ...]]

    def traces(self) -> dict[int, Reading | FetchedVersion]:
        return {user_id: each[0] for user_id, each in self.versions.items()} | dict(self.readings)

    def record(self, user_id: int, name: str, *, is_seeing: bool) -> PersonRecord:
        return PersonRecord(name, is_seeing, self.readings.get(user_id), self.versions.get(user_id, ()))


def _by_user(fetched: Iterable[FetchedVersion]) -> dict[int, tuple[FetchedVersion, ...]]:
    found: dict[int, tuple[FetchedVersion, ...]] = {}
    for each in fetched:
        found[each.user_id] = (*found.get(each.user_id, ()), each)
    return found
