"""The reception center registers contact addresses, sends their links and removes them (R7-10, R7-12, R7-15)."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.models import Organization
from auth.permissions import ADDRESSES
from base import clock
from base.actors import Actor
from base.audience import audience, staff
from base.db import db
from base.form_keys import new_form_key, once
from base.mail_words import fate_of
from base.outbox import Mail, queued_to
from base.refusals import Refused
from content.addresses.addresses import KINDS, register_address, remove_address, send_link_again, send_link_anyway
from content.addresses.csv import addresses_csv
from content.addresses.forms import AddressForm
from content.addresses.lists import (
    GROUPS_A_PAGE,
    MARKED,
    UNREACHED,
    Filters,
    Group,
    groups,
    read_filters,
)
from content.addresses.queries import (
    active_organizations,
    address_by,
    all_addresses,
    latest_link_mails,
    locked_address,
    state_of,
)
from content.addresses.states import AddressState, valid_until
from content.addresses.words import STATE_TAGS
from content.models import ContactAddress

Operation = Callable[..., None]


def _groups(filters: Filters) -> list[Group]:
    session = db.session()
    return groups(active_organizations(session), all_addresses(session), filters, clock.now())


def _mails(shown: list[Group]) -> dict[str, Mail]:
    return latest_link_mails(db.session(), [each.row for group in shown for each in group.listed])


def _tiles(every: list[Group]) -> list[dict[str, object]]:
    """What asks for something; each leads to the list narrowed to it."""
    states = [each.state for group in every for each in group.listed]
    marked = sum(each.row.bounced_at is not None for group in every for each in group.listed)
    counted = (
        (sum(not group.is_reached for group in every), _("本登録のない事業者"), UNREACHED, "late"),
        (states.count(AddressState.EXPIRED), _("期限切れ"), "expired", "late"),
        (states.count(AddressState.PROVISIONAL), _("仮登録"), "provisional", ""),
        (states.count(AddressState.HELD), _("送信保留"), "held", ""),
        (marked, _("不達あり"), MARKED, "late"),
    )
    return [
        {"number": number, "label": label, "href": f"/staff/addresses?state={state}", "state": look if number else ""}
        for number, label, state, look in counted
    ]


@audience(staff(ADDRESSES))
def show_list() -> str:
    filters = read_filters(request.args)
    found, first = _groups(filters), (filters.page - 1) * GROUPS_A_PAGE
    shown = found[first : first + GROUPS_A_PAGE]
    mails = _mails(shown)
    return render_template(
        "addresses/staff_list.html",
        groups=shown,
        count=len(found),
        has_more=len(found) > first + GROUPS_A_PAGE,
        tiles=_tiles(_groups(Filters())),
        fates={public_id: (mail, fate_of(mail)) for public_id, mail in mails.items()},
        filters=filters,
        tags=STATE_TAGS,
        valid_until=valid_until,
        form_key=new_form_key(),
    )


@audience(staff(ADDRESSES))
def export_list() -> ResponseReturnValue:
    found = _groups(read_filters(request.args))
    return addresses_csv(found, _mails(found), clock.now())


def _form_page(form: AddressForm) -> str:
    form.offer(active_organizations(db.session()))
    return render_template("addresses/staff_new.html", form=form, form_key=new_form_key())


@audience(staff(ADDRESSES))
def show_form() -> str:
    return _form_page(AddressForm(organization=request.args.get("organization", "")))


@audience(staff(ADDRESSES))
def register() -> ResponseReturnValue:
    form, by = AddressForm(), actor()
    if not form.validate():
        return _form_page(form), 422

    def operation(session: Session, now: datetime) -> str:
        row = register_address(
            session,
            _organization(session, form.organization.data),
            person_name=form.person_name.data,
            address=form.address.data,
            by=by,
            now=now,
        )
        return f"/staff/addresses?{Filters(words=row.address).query()}"

    try:
        answer = once(viewer().user_id, operation)
    except Refused as refusal:
        form.refuse([refusal])
        return _form_page(form), 422
    told = _("%(address)s を仮登録しました。登録依頼のメールの状況は、下の一覧に出ます。", address=form.address.data)
    flash(told, "success")
    return answer


def _organization(session: Session, public_id: str) -> Organization:
    found = session.scalars(select(Organization).where(Organization.public_id == public_id)).one_or_none()
    if found is None:
        raise Refused(_("事業者を選んでください。"), field="organization")
    return found


def _press(public_id: str, operation: Operation, words: str) -> ResponseReturnValue:
    by: Actor = actor()
    back = read_filters(request.form)

    def run(session: Session, now: datetime) -> str:
        operation(session, locked_address(session, public_id) or abort(404), by=by, now=now)
        return f"/staff/addresses?{back.query(back.page)}#address-{public_id}"

    answer = once(viewer().user_id, run)
    flash(words, "success")
    return answer


@audience(staff(ADDRESSES))
def send_again(public_id: str) -> ResponseReturnValue:
    return _press(public_id, send_link_again, _("リンクを送り直します。前のリンクは使えなくなりました。"))


@audience(staff(ADDRESSES))
def send_anyway(public_id: str) -> ResponseReturnValue:
    return _press(public_id, send_link_anyway, _("保留を解いて送信します。"))


def _queued(row: ContactAddress) -> int:
    waiting = queued_to(row.address, row.organization_id, KINDS)
    return db.session.scalar(select(func.count()).select_from(Mail).where(waiting)) or 0


@audience(staff(ADDRESSES))
def ask_before_removing(public_id: str) -> str:
    row = address_by(db.session(), public_id)
    if row is None or state_of(row, clock.now()) is AddressState.REMOVED:
        abort(404)
    every = groups([row.organization], all_addresses(db.session()), Filters(), clock.now())
    others = [each for group in every for each in group.listed if each.row.id != row.id]
    return render_template(
        "addresses/staff_remove.html",
        row=row,
        queued=_queued(row),
        is_last=not any(each.state is AddressState.VERIFIED for each in others),
        filters=read_filters(request.args),
        form_key=new_form_key(),
    )


@audience(staff(ADDRESSES))
def remove(public_id: str) -> ResponseReturnValue:
    return _press(public_id, remove_address, _("連絡先を削除しました。今後、このアドレスへは何も送信しません。"))


def address_staff_blueprint() -> Blueprint:
    blueprint = Blueprint("staff_addresses", __name__)
    for path, method, view in (
        ("/staff/addresses", "GET", show_list),
        ("/staff/addresses.csv", "GET", export_list),
        ("/staff/addresses/new", "GET", show_form),
        ("/staff/addresses/new", "POST", register),
        ("/staff/addresses/<public_id>/send-again", "POST", send_again),
        ("/staff/addresses/<public_id>/send-anyway", "POST", send_anyway),
        ("/staff/addresses/<public_id>/remove", "GET", ask_before_removing),
        ("/staff/addresses/<public_id>/remove", "POST", remove),
    ):
        blueprint.add_url_rule(path, view_func=view, methods=[method])
    return blueprint
