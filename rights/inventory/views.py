"""A contact manager's 棚卸: person by person, all of the rest in two steps, completion and its record (R5-20, R9-5)."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from auth.certificate_lists import SERVING, lines_in
from auth.certificate_lists import Line as CertificateLine
from auth.certificate_queries import registrations_of
from auth.gate import actor, viewer
from auth.models import Organization
from base import clock
from base.audience import CONTACT_MANAGER, audience
from base.db import db
from base.form_keys import new_form_key, once
from base.jst import day_of
from base.late import Late
from base.refusals import Conflict
from base.sentences import say
from rights.inventory.answers import keep, sign_off, take_back
from rights.inventory.bars import pieces_of
from rights.inventory.csv_files import people_csv, record_csv
from rights.inventory.lists import Filters, Line, all_of, mark_of, page_of, read_filters, unanswered
from rights.inventory.models import InventoryCampaign
from rights.inventory.queries import campaigns_of, find_campaign, hold_campaign, newest_first, sign_off_of, tally_of
from rights.inventory.record import record_of
from rights.inventory.rules import STAGE_TAGS, STANDING_TAGS, Standing, is_late, stage_of

if TYPE_CHECKING:
    from rights.inventory import record_pdf
else:
    record_pdf = Late("rights.inventory.record_pdf")

CHANGED = say("ほかの方の回答で、対象の方が変わりました。もう一度ご確認ください。")
MOST_IN_FULL = 300
Answering = Callable[[Session, InventoryCampaign, Organization, datetime], str]


@audience(CONTACT_MANAGER)
def show_campaigns() -> str:
    session, of, today = db.session(), viewer().organization_id, day_of(clock.now())
    rows = [_row(session, campaign, of, today) for campaign in newest_first(session, campaigns_of(of))]
    return render_template("inventory/own.html", rows=rows)


@audience(CONTACT_MANAGER)
def show_people(public_id: str) -> str:
    session, now, campaign = db.session(), clock.now(), _campaign(public_id)
    of, filters = viewer().organization_id, read_filters(request.args)
    tally = tally_of(session, campaign, of)
    return render_template(
        "inventory/people.html",
        campaign=campaign,
        page=page_of(session, campaign, of, filters, _password_days(), now),
        filters=filters,
        tally=tally,
        pieces=pieces_of(tally),
        signed=sign_off_of(session, campaign, of),
        tags=STANDING_TAGS,
        is_late=is_late(campaign.due_on, day_of(now)),
        certificates=_certificates(session, now),
        form_key=new_form_key(),
    )


@audience(CONTACT_MANAGER)
def export_people(public_id: str) -> ResponseReturnValue:
    campaign = _campaign(public_id)
    return people_csv(_lines(campaign, read_filters(request.args)), viewer().user_id, clock.now())


@audience(CONTACT_MANAGER)
def answer(public_id: str) -> ResponseReturnValue:
    """`keep` and `undo` are the buttons in a person's own row: they leave the ticked boxes alone."""
    only, undo, by = request.form.get("keep"), request.form.get("undo"), actor()
    chosen = [undo or only or ""] if undo or only else request.form.getlist("person")
    back = f"/inventory/{_campaign(public_id).public_id}?{read_filters(request.args).query()}".rstrip("?")
    if not chosen:
        flash(_("継続にする方を選択してください。"), "error")
        return redirect(back, code=303)
    change = take_back if undo else keep
    counts: list[int] = []

    def operation(session: Session, campaign: InventoryCampaign, of: Organization, now: datetime) -> str:
        counts.append(change(session, campaign, of, chosen, by=by, now=now))
        return back

    said = _press(public_id, operation)
    _tell(counts, len(set(chosen)), is_undone=bool(undo))
    return said


@audience(CONTACT_MANAGER)
def ask_before_keeping_all(public_id: str) -> ResponseReturnValue:
    return _second_step(public_id)


@audience(CONTACT_MANAGER)
def keep_all(public_id: str) -> ResponseReturnValue:
    """What was shown, or nothing; the own rights only where they were ticked themselves."""
    by, shown, own = actor(), request.form.get("shown", ""), request.form.get("own")
    counts: list[int] = []

    def operation(session: Session, campaign: InventoryCampaign, of: Organization, now: datetime) -> str:
        waiting = unanswered(session, campaign, of.id)
        if mark_of(waiting) != shown:
            raise Conflict(CHANGED)
        people = [each.public_id for each in waiting if each.id != by.user_id or own]
        counts.append(keep(session, campaign, of, people, by=by, now=now))
        return f"/inventory/{public_id}"

    try:
        said = _press(public_id, operation)
    except Conflict as conflict:
        if conflict.reason is not CHANGED:
            raise
        flash(_("ほかの方の回答で、対象の方が変わりました。もう一度ご確認ください。"), "error")
        return _second_step(public_id), 409
    _tell(counts, sum(counts), is_undone=False)
    return said


@audience(CONTACT_MANAGER)
def complete(public_id: str) -> ResponseReturnValue:
    by = actor()

    def operation(session: Session, campaign: InventoryCampaign, of: Organization, now: datetime) -> str:
        sign_off(session, campaign, of, by=by, now=now)
        return f"/inventory/{public_id}"

    said = _press(public_id, operation)
    flash(_("棚卸を完了しました。完了記録をCSVとPDFで保存できます。"), "success")
    return said


@audience(CONTACT_MANAGER)
def export_record(public_id: str) -> ResponseReturnValue:
    record = record_of(db.session(), _campaign(public_id), viewer().organization_id) or abort(404)
    return record_csv(record, clock.now())


@audience(CONTACT_MANAGER)
def print_record(public_id: str) -> ResponseReturnValue:
    record = record_of(db.session(), _campaign(public_id), viewer().organization_id) or abort(404)
    return record_pdf.record_pdf(record, current_app.config["PORTAL"].operator.name, clock.now())


def inventory_blueprint() -> Blueprint:
    blueprint = Blueprint("inventory", __name__)
    for path, method, view in (
        ("/inventory", "GET", show_campaigns),
        ("/inventory/<public_id>", "GET", show_people),
        ("/inventory/<public_id>/people.csv", "GET", export_people),
        ("/inventory/<public_id>/answers", "POST", answer),
        ("/inventory/<public_id>/keep", "GET", ask_before_keeping_all),
        ("/inventory/<public_id>/keep", "POST", keep_all),
        ("/inventory/<public_id>/completion", "POST", complete),
        ("/inventory/<public_id>/record.csv", "GET", export_record),
        ("/inventory/<public_id>/record.pdf", "GET", print_record),
    ):
        blueprint.add_url_rule(path, view_func=view, methods=[method])
    return blueprint


def _row(session: Session, campaign: InventoryCampaign, of: int, today: date) -> dict[str, object]:
    tally, signed = tally_of(session, campaign, of), sign_off_of(session, campaign, of)
    stage = stage_of(tally, is_signed=signed is not None)
    late = is_late(campaign.due_on, today) and not signed and not campaign.ended_at
    return {"campaign": campaign, "tally": tally, "signed": signed, "tag": STAGE_TAGS[stage], "is_late": late}


def _campaign(public_id: str) -> InventoryCampaign:
    return find_campaign(db.session(), campaigns_of(viewer().organization_id), public_id) or abort(404)


def _password_days() -> int:
    days: int = current_app.config["PORTAL"].password_days
    return days


def _lines(campaign: InventoryCampaign, filters: Filters) -> Sequence[Line]:
    return all_of(db.session(), campaign, viewer().organization_id, filters, _password_days(), clock.now())


def _certificates(session: Session, now: datetime) -> list[CertificateLine]:
    lines = lines_in(session, registrations_of(session, viewer().organization_id), now)
    return sorted((line for line in lines if line.state in SERVING), key=lambda line: line.last_day)


def _press(public_id: str, answering: Answering) -> ResponseReturnValue:
    of = viewer().organization_id

    def operation(session: Session, now: datetime) -> str:
        campaign: InventoryCampaign = hold_campaign(session, campaigns_of(of), public_id) or abort(404)
        return answering(session, campaign, session.get_one(Organization, of), now)

    return once(viewer().user_id, operation)


def _tell(counts: list[int], asked: int, *, is_undone: bool) -> None:
    """Nothing is said again of a press that was only repeated."""
    kept = sum(counts)
    if is_undone and kept:
        flash(_("回答を取り消しました。"), "success")
    elif kept:
        flash(ngettext("%(num)s名を継続にしました。", "%(num)s名を継続にしました。", kept), "success")
    if counts and kept < asked:
        flash(_("すでに回答がある方は、変えていません。"), "warning")


def _second_step(public_id: str) -> str:
    """With what each of them holds, as long as somebody can look through it."""
    campaign, own_id = _campaign(public_id), viewer().user_id
    people = unanswered(db.session(), campaign, viewer().organization_id)
    others = [each for each in people if each.id != own_id]
    lines = _lines(campaign, Filters(Standing.UNANSWERED)) if len(others) <= MOST_IN_FULL else []
    return render_template(
        "inventory/keep.html",
        campaign=campaign,
        others=others,
        lines=[line for line in lines if line.user.id != own_id],
        has_own=len(others) < len(people),
        own=[line for line in lines if line.user.id == own_id],
        shown=mark_of(people),
        form_key=new_form_key(),
    )
