"""Staff's 棚卸: begun, watched per organization, reminded of, ended (R5-20, R9-5)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, current_app, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.models import Organization
from auth.permissions import REQUESTS
from base import clock
from base.audience import audience, staff
from base.closing_days import business_calendar
from base.db import db
from base.form_keys import new_form_key, once
from base.jst import day_of
from base.late import Late
from base.refusals import Refused
from rights.inventory.bars import pieces_of
from rights.inventory.campaigns import end_campaign, start_campaign
from rights.inventory.csv_files import progress_csv, record_csv
from rights.inventory.forms import StartForm
from rights.inventory.models import InventoryCampaign
from rights.inventory.progress import read_filters, shown_of, totals_of
from rights.inventory.queries import Progress, every_campaign, find_campaign, lock_campaign, newest_first, progress_in
from rights.inventory.record import Record, record_of
from rights.inventory.reminders import last_reminders, remind
from rights.inventory.rules import STAGE_TAGS, STANDING_TAGS, Stage, is_late

if TYPE_CHECKING:
    from rights.inventory import record_pdf
else:
    record_pdf = Late("rights.inventory.record_pdf")

LIST = "/staff/inventories"


@audience(staff(REQUESTS))
def show_campaigns() -> ResponseReturnValue:
    return _list_page(StartForm())


@audience(staff(REQUESTS))
def start() -> ResponseReturnValue:
    form, by = StartForm(), actor()
    if not form.validate():
        return _list_page(form), 422

    def operation(session: Session, now: datetime) -> str:
        campaign = start_campaign(session, form.name.data, form.due_on.data, by=by, now=now)
        return f"{LIST}/{campaign.public_id}"

    try:
        answer = once(viewer().user_id, operation)
    except Refused as refusal:
        form.refuse([refusal])
        return _list_page(form), refusal.form_status
    flash(_("棚卸を始めました。窓口責任者にメールでお知らせします。"), "success")
    return answer


@audience(staff(REQUESTS))
def show_progress(public_id: str) -> ResponseReturnValue:
    session, now, campaign = db.session(), clock.now(), _campaign(public_id)
    every, filters = progress_in(session, campaign), read_filters(request.args)
    calendar, today = business_calendar(session), day_of(now)
    shown, reminders = shown_of(every, filters), last_reminders(session, campaign)
    return render_template(
        "inventory/staff_progress.html",
        campaign=campaign,
        shown=shown,
        pieces={each.organization.id: pieces_of(each.tally) for each in shown.rows},
        total=totals_of(every),
        stages={stage: sum(each.stage is stage for each in every) for stage in Stage},
        filters=filters,
        reminders=reminders,
        reminded_today=_unfinished_among(every, reminders, today),
        tags=STANDING_TAGS,
        stage_tags=STAGE_TAGS,
        is_late=is_late(campaign.due_on, today) and campaign.ended_at is None,
        next_day=None if calendar.is_business_day(today) else calendar.next_business_day(today),
        form_key=new_form_key(),
    )


@audience(staff(REQUESTS))
def export_progress(public_id: str) -> ResponseReturnValue:
    session, campaign = db.session(), _campaign(public_id)
    rows = read_filters(request.args).narrow(progress_in(session, campaign))
    return progress_csv(rows, last_reminders(session, campaign), clock.now())


@audience(staff(REQUESTS))
def send_reminders(public_id: str) -> ResponseReturnValue:
    """To the one organization of a row, or to all that aren't done."""
    only, by = request.form.get("only", ""), actor()
    counts: list[int] = []

    def operation(session: Session, campaign: InventoryCampaign, now: datetime) -> None:
        chosen = [only] if only else []
        counts.append(remind(session, campaign, chosen, business_calendar(session), by=by, now=now))

    answer = _press(public_id, operation)
    if sum(counts):
        flash(ngettext("催促メール%(num)s件を送ります。", "催促メール%(num)s件を送ります。", sum(counts)), "success")
    elif counts:
        flash(_("送るメールはありませんでした。完了しているか、今日の分をすでに送っています。"), "warning")
    return answer


@audience(staff(REQUESTS))
def ask_before_ending(public_id: str) -> ResponseReturnValue:
    campaign = _campaign(public_id)
    every = progress_in(db.session(), campaign)
    left = [each for each in every if each.stage is not Stage.COMPLETED]
    return render_template("inventory/staff_end.html", campaign=campaign, left=left, form_key=new_form_key())


@audience(staff(REQUESTS))
def end(public_id: str) -> ResponseReturnValue:
    by = actor()
    answer = _press(public_id, lambda session, campaign, now: end_campaign(session, campaign, by=by, now=now))
    flash(_("棚卸を終了しました。"), "success")
    return answer


@audience(staff(REQUESTS))
def export_record(public_id: str, organization_id: str) -> ResponseReturnValue:
    return record_csv(_record(public_id, organization_id), clock.now())


@audience(staff(REQUESTS))
def print_record(public_id: str, organization_id: str) -> ResponseReturnValue:
    author = current_app.config["PORTAL"].operator.name
    return record_pdf.record_pdf(_record(public_id, organization_id), author, clock.now())


def staff_inventory_blueprint() -> Blueprint:
    blueprint = Blueprint("staff_inventory", __name__)
    for path, method, view in (
        ("", "GET", show_campaigns),
        ("", "POST", start),
        ("/<public_id>", "GET", show_progress),
        ("/<public_id>/progress.csv", "GET", export_progress),
        ("/<public_id>/reminders", "POST", send_reminders),
        ("/<public_id>/end", "GET", ask_before_ending),
        ("/<public_id>/end", "POST", end),
        ("/<public_id>/organizations/<organization_id>/record.csv", "GET", export_record),
        ("/<public_id>/organizations/<organization_id>/record.pdf", "GET", print_record),
    ):
        blueprint.add_url_rule(LIST + path, view_func=view, methods=[method])
    return blueprint


def _campaign(public_id: str) -> InventoryCampaign:
    return find_campaign(db.session(), every_campaign(), public_id) or abort(404)


def _record(public_id: str, organization_id: str) -> Record:
    session, campaign = db.session(), _campaign(public_id)
    of = session.scalars(select(Organization.id).where(Organization.public_id == organization_id)).one_or_none()
    return (record_of(session, campaign, of) if of else None) or abort(404)


def _press(public_id: str, operation: Callable[[Session, InventoryCampaign, datetime], None]) -> ResponseReturnValue:
    def run(session: Session, now: datetime) -> str:
        campaign: InventoryCampaign = lock_campaign(session, every_campaign(), public_id) or abort(404)
        operation(session, campaign, now)
        return f"{LIST}/{public_id}"

    return once(viewer().user_id, run)


def _list_page(form: StartForm) -> str:
    session, today = db.session(), day_of(clock.now())
    rows = [_row(session, campaign, today) for campaign in newest_first(session, every_campaign())]
    return render_template(
        "inventory/staff_list.html",
        rows=rows,
        running=next((row["campaign"] for row in rows if not row["campaign"].ended_at), None),
        tags=STANDING_TAGS,
        form=form,
        form_key=new_form_key(),
    )


def _unfinished_among(every: Iterable[Progress], reminders: Mapping[int, datetime], today: date) -> set[int]:
    """Those that aren't done and have been reminded today."""
    unfinished = {each.organization.id for each in every if each.stage is not Stage.COMPLETED}
    return {of for of, at in reminders.items() if of in unfinished and day_of(at) == today}


def _row(session: Session, campaign: InventoryCampaign, today: date) -> dict[str, Any]:
    every = progress_in(session, campaign)
    total = totals_of(every)
    return {
        "campaign": campaign,
        "total": total,
        "pieces": pieces_of(total),
        "organizations": len(every),
        "completed": sum(each.stage is Stage.COMPLETED for each in every),
        "is_late": is_late(campaign.due_on, today) and campaign.ended_at is None,
    }
