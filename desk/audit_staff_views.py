"""監査証跡: who did what from where, and what it was before (R6-8, R8-1)."""

from collections.abc import Iterator

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select

from auth.gate import actor, viewer
from auth.models import Organization
from auth.permissions import AUDIT
from base import clock
from base.audience import audience, staff
from base.audit import record
from base.db import db, transaction
from desk.audit_csv import csv_answer
from desk.audit_filters import AuditFilters, read_audit_filters
from desk.audit_lines import Line, lines_of
from desk.audit_queries import batches_of, page_of
from desk.audit_words import fact_words, groups_in_use, value_words


def _value(name: str, value: object) -> str:
    return value_words(name, value, _, str(get_locale()))


@audience(staff(AUDIT))
def show_audit() -> str:
    session, filters = db.session(), read_audit_filters(request.args)
    page = page_of(session, filters)
    return render_template(
        "desk/audit.html",
        filters=filters,
        page=page,
        lines=lines_of(session, page.lines, viewer().permissions),
        organizations=session.scalars(select(Organization).order_by(Organization.name)).all(),
        groups=groups_in_use(),
        fact=fact_words,
        value=_value,
        # A template's own _() would take what it is given for markup: only what stands in the template goes there (E1).
        say=_,
    )


@audience(staff(AUDIT))
def export_audit() -> ResponseReturnValue:
    """That the trail left the house is in the trail."""
    filters, by, now = read_audit_filters(request.args), actor(), clock.now()
    with transaction() as session:
        record(session, "audit.exported", "audit:trail", by=by, now=now, after=filters.in_address)
    return csv_answer(_all_lines(filters, viewer().permissions), now)


def _all_lines(filters: AuditFilters, permissions: frozenset[str]) -> Iterator[Line]:
    for rows in batches_of(db.session(), filters):
        yield from lines_of(db.session(), rows, permissions)


def audit_blueprint() -> Blueprint:
    blueprint = Blueprint("audit", __name__)
    blueprint.add_url_rule("/staff/audit", view_func=show_audit)
    blueprint.add_url_rule("/staff/audit.csv", view_func=export_audit)
    return blueprint
