"""Certificates that end soon with nothing to go on in their place: on the contact manager's home, and on the desk (R4-5)."""

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from auth.certificate_lists import Line, ending_in
from auth.certificate_queries import (
    beside_ending,
    every_registration,
    in_order,
    in_state,
    of_active_organizations,
    registrations_of,
)
from auth.certificate_states import CertificateState, Succession
from auth.models import CertificateRegistration
from auth.viewer import Viewer
from base.jst import day_of
from base.waiting import Figure, Todo
from base.words import day


def _unsucceeded(session: Session, rows: list[CertificateRegistration], now: datetime) -> list[Line]:
    lines = ending_in(session, rows, now)
    return [line for line in lines if line.succession is not Succession.SAME_PC]


def todos(session: Session, viewer: Viewer, now: datetime) -> list[Todo]:
    """One line, naming what ends first."""
    if not viewer.is_contact_manager:
        return []
    lines = _unsucceeded(session, registrations_of(session, viewer.organization_id), now)
    return [_todo(lines, now)] if lines else []


def _todo(lines: list[Line], now: datetime) -> Todo:
    first, today = lines[0], day_of(now)
    title = ngettext(
        "%(name)sのクライアント証明書の期限が近づいています",
        "クライアント証明書%(num)s枚の期限が近づいています",
        len(lines),
        name=first.row.pc_name,
    )
    is_late = any(line.is_late(today) for line in lines)
    note = _("期限 %(day)s", day=day(first.last_day)) + " / " + _safe_day(first, is_late=first.is_late(today))
    colour = "red" if is_late else "amber"
    return Todo(_("証明書"), colour, title, note, "/certificates", _("確認する"))


def _safe_day(line: Line, *, is_late: bool) -> str:
    assert line.last_safe_on is not None
    if is_late:
        return _("間に合う申請の最終日(%(day)s)を過ぎました", day=day(line.last_safe_on))
    return _("間に合う申請の最終日 %(day)s", day=day(line.last_safe_on))


def figures(session: Session, now: datetime) -> list[Figure]:
    """Late where an application of today would leave a gap."""
    usable = of_active_organizations(every_registration()).where(in_state(CertificateState.VALID, now))
    rows = session.scalars(in_order(beside_ending(usable, now))).all()
    lines, today = _unsucceeded(session, list(rows), now), day_of(now)
    late = sum(line.is_late(today) for line in lines)
    label = (
        _("期限が近い証明書(うち%(count)s枚は申請の最終日を過ぎています)", count=late)
        if late
        else _("期限が近い証明書")
    )
    return [Figure(len(lines), label, "/staff/certificates/expiring", is_late=late > 0)]
