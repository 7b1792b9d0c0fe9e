"""What a contact manager has begun and not sent, and the neighbouring system's IDs, one of which nobody can ask for."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from base.identifiers import public_id
from demo.desk import RECEPTION
from demo.enrolment import Enrolled
from demo.organizations import HIGASHI
from rights.entry.draft_fields import written
from rights.entry.drafts import Sheet, keep_draft
from rights.jnote.csv_rules import judge_list
from rights.jnote.lists import keep_checked, take_over
from rights.request_states import RequestKind

BY = "h.azuma@higashi-gas.example"
BEGUN = {
    "name_kanji": "片桐 修",
    "name_kana": "カタギリ オサム",
    "login_id": "o.katagiri@higashi-gas.example",
    "taxis": "1012",
    "johs": "J1010",
    "memo": "異動の日付が決まりしだい申請します。",
}
IN_JNOTE = "jnote.tanto@higashi-gas.example"


def begin_requests(session: Session, enrolled: Enrolled, now: datetime) -> None:
    by, of = enrolled.actor(BY), enrolled.organizations[HIGASHI].id
    sheet = Sheet(RequestKind.NEW, public_id(), "", written(BEGUN))
    keep_draft(session, of, sheet, by=by, now=now - timedelta(days=1, hours=2))


def bring_jnote_ids(session: Session, enrolled: Enrolled, now: datetime) -> None:
    by, at = enrolled.actor(RECEPTION), now - timedelta(days=9, minutes=12)
    ids = [IN_JNOTE, *(f"user{number:04d}@jnote.example" for number in range(1, 400))]
    row = keep_checked(session, judge_list("\n".join(ids).encode()), "jnote-ids.csv", by=by, now=at)
    take_over(session, row, by=by, now=at + timedelta(minutes=2))
