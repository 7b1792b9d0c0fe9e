"""The reception center's list of dormant IDs: narrowed by stage and organization, a page at a time; and the last runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from auth.dormancy import Stage
from auth.dormancy_digests import JOB
from auth.dormancy_queries import steps_on
from auth.dormancy_shown import Shown, is_at, people_at_a_stage, shown, still_there
from auth.models import Organization, User
from base.daily_runs import REFUSED
from base.job_runs import JobRun

PEOPLE_A_PAGE = 50
RUNS_SHOWN = 7
MANAGERS = "managers"


@dataclass(frozen=True, slots=True)
class Filters:
    """Without a stage: everybody at one who isn't deleted. `organization` is a public id; `who`: `managers` for them alone."""

    stage: Stage | None = None
    organization: str = ""
    who: str = ""
    page: int = 1

    def query(self, page: int = 1) -> str:
        """As it stands in the address; what isn't narrowed is left out."""
        given = {"stage": self.stage or "", "organization": self.organization, "who": self.who}
        given["page"] = str(page) if page > 1 else ""
        return urlencode({name: value for name, value in given.items() if value})


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Shown]
    count: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class Run:
    """One run; `taken`: how many took which stage on its day."""

    row: JobRun
    taken: Mapping[Stage, int]

    @property
    def is_refused(self) -> bool:
        return (self.row.outcome or "").startswith(REFUSED)


def read_filters(given: Mapping[str, str]) -> Filters:
    stage, page = given.get("stage", ""), given.get("page", "")
    return Filters(
        Stage(stage) if stage in set(Stage) else None,
        given.get("organization", "")[:20],
        MANAGERS if given.get("who") == MANAGERS else "",
        max(1, int(page)) if page.isdecimal() and len(page) < 5 else 1,
    )


def narrowed(filters: Filters) -> Select[User]:
    found = people_at_a_stage().where(is_at(filters.stage) if filters.stage else still_there())
    if filters.who == MANAGERS:
        found = found.where(User.contact_role.is_not(None))
    return found.where(Organization.public_id == filters.organization) if filters.organization else found


def page_of(session: Session, filters: Filters, now: datetime) -> Page:
    found = narrowed(filters)
    count = session.scalar(select(func.count()).select_from(found.with_only_columns(User.id).order_by(None).subquery()))
    first = (filters.page - 1) * PEOPLE_A_PAGE
    users = session.scalars(found.offset(first).limit(PEOPLE_A_PAGE)).all()
    return Page(shown(session, users, now), count or 0, (count or 0) > first + PEOPLE_A_PAGE)


def all_of(session: Session, filters: Filters, now: datetime, at_once: int = 1000) -> list[Shown]:
    users = session.scalars(narrowed(filters)).all()
    chunks = [users[first : first + at_once] for first in range(0, len(users), at_once)]
    return [one for chunk in chunks for one in shown(session, chunk, now)]


def last_runs(session: Session, most: int = RUNS_SHOWN) -> list[Run]:
    """The newest first."""
    newest = select(JobRun).where(JobRun.job == JOB).order_by(JobRun.begun_at.desc(), JobRun.on.desc()).limit(most)
    rows: Sequence[JobRun] = session.scalars(newest).all()
    taken = steps_on(session, [row.on for row in rows])
    return [Run(row, _of_day(taken, row.on)) for row in rows]


def _of_day(taken: Mapping[tuple[date, Stage], int], on: date) -> dict[Stage, int]:
    return {stage: taken.get((on, stage), 0) for stage in Stage}
