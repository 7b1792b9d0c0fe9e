"""What waits because of revocation lists, on the desk of whoever keeps the issuing CAs (R4-5)."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.ca_queries import cas_with_lists
from auth.list_states import NEEDS_SOMEBODY, list_state
from base.waiting import Figure


def figures(session: Session, now: datetime) -> list[Figure]:
    count = sum(list_state(row, now) in NEEDS_SOMEBODY for row in cas_with_lists(session))
    return [Figure(count, _("失効リストの異常"), "/staff/cas", is_late=count > 0)]
