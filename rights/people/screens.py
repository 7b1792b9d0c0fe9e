"""The list of people, its file and a person's page, for contact managers and for staff who look at them (R5-19)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Select
from sqlalchemy.orm import Session

from auth.dormancy_words import STAGE_COLOURS, STAGE_LABELS
from auth.models import User
from base import clock
from base.csv_answers import asked_encoding, csv_answer
from base.db import db
from base.form_keys import new_form_key
from rights.models import RightsRequest
from rights.people.csv_rows import HEADINGS, people_rows
from rights.people.filters import read_filters
from rights.people.queries import chunks_of, count_of, counted, find_person, narrowed, page_of, requests_about
from rights.people.shown import PersonShown, people_shown
from rights.people.timeline import timeline
from rights.right_changes import held_rows
from rights.shown_requests import Shown, shown, title_of

MOST_REQUESTS = 20


@dataclass(frozen=True, slots=True)
class Place:
    """`reach`: whom its viewer may see; `requests`: where that viewer reads requests."""

    path: str
    requests: str
    reach: Select[User]


def password_days() -> int:
    days: int = current_app.config["PORTAL"].password_days
    return days


def show_list(place: Place, template: str, **facts: object) -> str:
    session, now, filters = db.session(), clock.now(), read_filters(request.args)
    found = narrowed(place.reach, filters, password_days(), now)
    start = find_person(session, place.reach, filters.after) if filters.after else None
    people, after = page_of(session, found, start)
    return render_template(
        template,
        place=place,
        filters=filters,
        rows=people_shown(session, people, password_days(), now),
        counted=counted(count_of(session, found)),
        after=after,
        title_of=title_of,
        stages=STAGE_LABELS,
        colours=STAGE_COLOURS,
        **facts,
    )


def send_list(place: Place) -> ResponseReturnValue:
    now = clock.now()
    return csv_answer(_rows(place, now), "people", now, asked_encoding(request.args))


def _rows(place: Place, now: datetime) -> Iterator[tuple[str, ...]]:
    """Read while they are sent; who has been sent is forgotten."""
    session = db.session()
    yield HEADINGS
    for chunk in chunks_of(session, narrowed(place.reach, read_filters(request.args), password_days(), now)):
        yield from people_rows(people_shown(session, chunk, password_days(), now))
        session.expunge_all()


def person_at(place: Place, public_id: str) -> PersonShown:
    user: User = find_person(db.session(), place.reach, public_id) or abort(404)
    return people_shown(db.session(), [user], password_days(), clock.now())[0]


def _ahead(session: Session, one: PersonShown, now: datetime) -> Shown | None:
    """The request whose days count for this person: a removal that follows another has none of its own (R5-21)."""
    row = one.request.row if one.request else None
    if row is None or row.follows_id is None:
        return one.request
    return shown(session, [session.get_one(RightsRequest, row.follows_id)], now)[0]


def show_person(place: Place, public_id: str) -> str:
    session: Session = db.session()
    now, one = clock.now(), person_at(place, public_id)
    return render_template(
        "rights/person.html",
        place=place,
        one=one,
        points=timeline(held_rows(session, one.user.id), now),
        ahead=_ahead(session, one, now),
        requests=shown(session, requests_about(session, one.user, MOST_REQUESTS), now),
        title_of=title_of,
        stages=STAGE_LABELS,
        form_key=new_form_key(),
    )
