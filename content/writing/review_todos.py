"""Articles that wait for a second pair of eyes: a tile of the desk (R7-4)."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from base.waiting import Figure
from content.writing.review_queries import count_open


def figures(session: Session, _now: datetime) -> list[Figure]:
    return [Figure(count_open(session), _("承認を待っている記事"), "/staff/articles?state=review")]
