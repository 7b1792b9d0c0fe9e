"""What the desk has to know of dormant IDs: a morning run that refused, organizations about to lose their last contact manager."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.dormancy_digests import last_managers
from auth.dormancy_lists import last_runs
from base.jst import day_of
from base.waiting import Figure


def figures(session: Session, now: datetime) -> list[Figure]:
    """R5-40, G11."""
    refused = [run for run in last_runs(session, 1) if run.is_refused]
    managers = len(last_managers(session, day_of(now)))
    stopped = [Figure(len(refused), _("中止された長期未使用IDの処理"), "/staff/dormancy", is_late=True)]
    absent = [Figure(managers, _("窓口責任者が長期未使用の事業者"), "/staff/dormancy?who=managers", is_late=True)]
    return [*(stopped if refused else []), *(absent if managers else [])]
