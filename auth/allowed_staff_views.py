"""Administrators allow static addresses abroad, confirm them once a year and end them (R2-8)."""

from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_network

from flask import Blueprint, abort, current_app, flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.allowed_addresses import allow_address, confirm_allowed, end_allowed
from auth.allowed_forms import AllowedAddressForm
from auth.allowed_lists import ENTRIES_A_PAGE, Filters, listed, narrowed, read_filters
from auth.allowed_queries import all_entries, entry_by, locked_entry
from auth.allowed_rules import EntryState, a_year_after
from auth.country_data import CountryFile
from auth.door_csv import allowed_csv
from auth.gate import actor, viewer
from auth.models import AllowedAddress, Organization
from auth.origin_rules import plain_address
from auth.permissions import ALLOW_LIST
from base import clock
from base.audience import audience, staff
from base.db import db
from base.form_keys import new_form_key, once
from base.jst import day_of
from base.refusals import Refused

LIST = "/staff/allowed-addresses"


def country_files() -> tuple[CountryFile, ...]:
    """R2-8: staff see how old the country data are."""
    found: tuple[CountryFile, ...] = current_app.extensions["countries"].files(clock.now())
    return found


def is_own_way_in(row: AllowedAddress) -> bool:
    """Whether whoever is looking comes through this very entry: ending it shuts him out (H5)."""
    address = plain_address(g.origin.address)
    return g.allowed_for is not None and address is not None and address in ip_network(row.network)


@audience(staff(ALLOW_LIST))
def show_list() -> str:
    filters, now = read_filters(request.args), clock.now()
    every = listed(all_entries(db.session()), day_of(now))
    found, first = narrowed(every, filters), (filters.page - 1) * ENTRIES_A_PAGE
    return render_template(
        "door/allowed_list.html",
        entries=found[first : first + ENTRIES_A_PAGE],
        count=len(found),
        has_more=len(found) > first + ENTRIES_A_PAGE,
        overdue=sum(each.state is EntryState.OVERDUE for each in every),
        filters=filters,
        files=country_files(),
        is_own_way_in=is_own_way_in,
        form_key=new_form_key(),
    )


@audience(staff(ALLOW_LIST))
def export_list() -> ResponseReturnValue:
    now = clock.now()
    return allowed_csv(narrowed(listed(all_entries(db.session()), day_of(now)), read_filters(request.args)), now)


def _organizations() -> list[Organization]:
    active = select(Organization).where(Organization.ended_at.is_(None))
    return list(db.session.scalars(active.order_by(Organization.is_operator.desc(), Organization.name)))


def _form_page(form: AllowedAddressForm) -> str:
    form.offer(_organizations())
    return render_template("door/allowed_new.html", form=form, form_key=new_form_key())


@audience(staff(ALLOW_LIST))
def show_form() -> str:
    """From the list of refused attempts it comes filled in."""
    given = {name: request.args.get(name, "")[:64] for name in ("organization", "network")}
    return _form_page(AllowedAddressForm(review_on=a_year_after(day_of(clock.now())), **given))


def _locked_organization(session: Session, public_id: str) -> Organization:
    here = select(Organization).where(Organization.public_id == public_id)
    found = session.scalars(here.with_for_update()).one_or_none()
    if found is None:
        raise Refused(_("事業者を選んでください。"), field="organization")
    return found


@audience(staff(ALLOW_LIST))
def allow() -> ResponseReturnValue:
    form, by = AllowedAddressForm(), actor()
    if not form.is_fit(day_of(clock.now())):
        return _form_page(form), 422

    def operation(session: Session, now: datetime) -> str:
        organization = _locked_organization(session, form.organization.data)
        given = {name: form[name].data for name in ("network", "reason", "approver", "review_on")}
        row = allow_address(session, organization, **given, by=by, now=now)
        return f"{LIST}?{Filters(words=row.network).query()}"

    try:
        answer = once(viewer().user_id, operation)
    except Refused as refusal:
        form.refuse([refusal])
        return _form_page(form), 422
    flash(_("許可リストに登録しました。次のアクセスから利用できます。"), "success")
    return answer


def _press(public_id: str, operation: Callable[..., None], words: str) -> ResponseReturnValue:
    by = actor()

    def run(session: Session, now: datetime) -> str:
        operation(session, locked_entry(session, public_id) or abort(404), by=by, now=now)
        return f"{LIST}#entry-{public_id}"

    answer = once(viewer().user_id, run)
    flash(words, "success")
    return answer


@audience(staff(ALLOW_LIST))
def confirm(public_id: str) -> ResponseReturnValue:
    return _press(public_id, confirm_allowed, _("継続を確認しました。次の見直しは1年後です。"))


def _ending_page(public_id: str, *, is_unconfirmed: bool = False) -> str:
    row = entry_by(db.session(), public_id)
    if row is None or row.ended_at is not None:
        abort(404)
    return render_template(
        "door/allowed_end.html",
        row=row,
        is_own=is_own_way_in(row),
        is_unconfirmed=is_unconfirmed,
        form_key=new_form_key(),
    )


@audience(staff(ALLOW_LIST))
def ask_before_ending(public_id: str) -> str:
    return _ending_page(public_id)


@audience(staff(ALLOW_LIST))
def end(public_id: str) -> ResponseReturnValue:
    """Nobody shuts himself out unwarned (H5)."""
    row = entry_by(db.session(), public_id) or abort(404)
    if row.ended_at is None and is_own_way_in(row) and request.form.get("is_sure") != "yes":
        return _ending_page(public_id, is_unconfirmed=True), 422
    return _press(public_id, end_allowed, _("許可を終了しました。このアドレスからは、もう利用できません。"))


def allowed_staff_blueprint() -> Blueprint:
    blueprint = Blueprint("allowed_addresses", __name__)
    for path, method, view in (
        ("", "GET", show_list),
        (".csv", "GET", export_list),
        ("/new", "GET", show_form),
        ("/new", "POST", allow),
        ("/<public_id>/confirm", "POST", confirm),
        ("/<public_id>/end", "GET", ask_before_ending),
        ("/<public_id>/end", "POST", end),
    ):
        blueprint.add_url_rule(f"{LIST}{path}", view_func=view, methods=[method])
    return blueprint
