"""The days of a request as events for a calendar application (R9-1)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _

from base.ics_files import FeedEvent
from base.jst import start_of
from base.promised_days import is_provisional
from base.words import listed
from rights.request_dates import Stage, Step, Turn

WORDED = (Stage.ACCEPTED, Stage.PROCESSED, Stage.AT_ONCE, Stage.TAXIS_JOHS, Stage.JUJU_LOACUS)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose days they are: `key` makes the events' names, `words` stand before each title. `path`: where the link leads."""

    key: str
    words: str
    about: str
    path: str
    entered_on: date
    is_provisional: bool


def step_events(subject: Subject, steps: Sequence[Step], today: date, through: date) -> Iterator[FeedEvent]:
    """One for each day that is promised, provisional after `through` (R5-31). What is fetched later stands in the place of what was fetched before."""
    for number, step in enumerate(steps):
        if step.day is None or step.stage not in WORDED:
            continue
        yield FeedEvent(
            uid=f"{subject.key}-{step.stage.value.replace('_', '-')}-{number}",
            title=f"{subject.words} {_title(step)}",
            about=subject.about,
            path=subject.path,
            starts=step.day,
            ends=step.day + timedelta(days=1),
            sequence=max(0, (today - subject.entered_on).days),
            changed_at=start_of(today),
            is_provisional=subject.is_provisional or is_provisional(step.day, through),
        )


def _title(step: Step) -> str:
    systems = listed((system.value for system in step.systems), "・")
    if step.stage is Stage.ACCEPTED:
        return _("受付の期限")
    if step.stage is Stage.PROCESSED:
        return _("システム処理日")
    if step.turn is Turn.STARTS:
        return _("%(systems)sの利用開始", systems=systems)
    if step.turn is Turn.ENDS:
        return _("%(systems)sの利用終了", systems=systems)
    return _("%(systems)sの権限の変更", systems=systems)
