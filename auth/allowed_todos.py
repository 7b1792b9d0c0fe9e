"""What waits for administrators because of the geo gate (R2-8)."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.allowed_lists import listed
from auth.allowed_queries import entries_in_effect
from auth.allowed_rules import EntryState
from auth.allowed_staff_views import LIST, country_files
from base.jst import day_of
from base.waiting import Figure


def figures(session: Session, now: datetime) -> list[Figure]:
    """Entries to confirm; country data that are broken or old, where there are any."""
    states = [each.state for each in listed(entries_in_effect(session), day_of(now))]
    overdue, soon = states.count(EntryState.OVERDUE), states.count(EntryState.SOON)
    bad = sum(bool(file.fault) or file.is_old(now) for file in country_files())
    found = (
        Figure(overdue, _("見直し期日を過ぎた許可アドレス"), f"{LIST}?state=overdue", is_late=True),
        Figure(soon, _("見直しが近い許可アドレス"), f"{LIST}?state=soon"),
        Figure(bad, _("古い、または読めない国判定データ"), LIST, is_late=True),
    )
    return [figure for figure in found if figure.number]
