"""Administrators keep the issuing CAs: the next beside the old, each with its revocation list (R4-2, R4-5)."""

from collections.abc import Callable
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Blueprint, abort, current_app, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.ca_csv import csv_answer
from auth.ca_forms import CaFileForm, SourceForm
from auth.ca_queries import CaCounts, ca_by, ca_with_fingerprint, counts_of, known_cas, locked_ca
from auth.ca_registry import add_ca, end_ca
from auth.ca_rules import ca_refusals, ders_of_bundle
from auth.ca_words import STATE_TAGS
from auth.certificate_facts import CertificateFacts, Unreadable, facts_of
from auth.gate import actor, viewer
from auth.list_refresh import ListDesk, bring
from auth.list_states import list_state
from auth.list_taking import drop_list_source, note_brought, set_list_source
from auth.models import IssuingCa
from auth.permissions import SETTINGS
from base import clock
from base.audience import audience, staff
from base.db import db
from base.form_keys import new_form_key, once, submitted_key
from base.refusals import Conflict, Refused
from base.settings import Settings

LIST = "/staff/cas"


def list_desk(settings: Settings) -> ListDesk:
    """A file without a path lies beside the bundle of CAs; the first desk hears of trouble."""
    return ListDesk(settings.client_ca_file.parent, settings.operator.desks[0].mail)


def _desk() -> ListDesk:
    return list_desk(current_app.config["PORTAL"])


def _rows() -> list[tuple[IssuingCa, CaCounts]]:
    session = db.session()
    counts = counts_of(session)
    return [(row, counts[row.id]) for row in known_cas(session)]


@audience(staff(SETTINGS))
def show_list() -> str:
    now = clock.now()
    listed = [(row, counts, STATE_TAGS[list_state(row, now)]) for row, counts in _rows()]
    return render_template("cas/list.html", listed=listed)


@audience(staff(SETTINGS))
def export_list() -> ResponseReturnValue:
    return csv_answer(_rows(), clock.now())


@audience(staff(SETTINGS))
def show_form() -> str:
    return render_template("cas/new.html", form=CaFileForm())


def _refused_file(form: CaFileForm, *reasons: str) -> ResponseReturnValue:
    form.file.errors = [*form.file.errors, *reasons]
    return render_template("cas/new.html", form=form), 422


def _judged(file: bytes, now: datetime) -> tuple[list[CertificateFacts], list[str]]:
    """What the file holds, and everything against it."""
    found, refusals = [], []
    try:
        ders = ders_of_bundle(file)
        for number, der in enumerate(ders, 1):
            where = _("%(number)s枚目:", number=number) if len(ders) > 1 else ""
            refusals += [where + reason for reason in (*ca_refusals(der, now), *_known(der))]
            found.append(facts_of(der))
    except Unreadable as unreadable:
        refusals = refusals or [unreadable.reason]
    return found, refusals


def _known(der: bytes) -> list[str]:
    known = ca_with_fingerprint(db.session(), facts_of(der).fingerprint)
    return [_("この認証局は、すでに登録されています。")] if known and known.ended_at is None else []


@audience(staff(SETTINGS))
def check_file() -> ResponseReturnValue:
    """Changes nothing: what the file holds is shown before it counts."""
    form = CaFileForm()
    if not form.validate():
        return render_template("cas/new.html", form=form), 422
    file = form.content()
    found, refusals = _judged(file, clock.now())
    if refusals:
        return _refused_file(form, *refusals)
    pems = _pems(file)
    return render_template("cas/check.html", found=found, pems=pems, form_key=new_form_key())


def _pems(file: bytes) -> str:
    """As text, so that it survives the check page."""
    return "".join(
        x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM).decode() for der in ders_of_bundle(file)
    )


@audience(staff(SETTINGS))
def add() -> ResponseReturnValue:
    by, pems = actor(), request.form.get("pems", "").encode()

    def operation(session: Session, now: datetime) -> str:
        for der in ders_of_bundle(pems):
            add_ca(session, der, by=by, now=now)
        return LIST

    try:
        answer = once(viewer().user_id, operation)
    except (Refused, Unreadable) as refusal:
        return _refused_file(CaFileForm(), refusal.reason)
    flash(_("認証局を登録しました。nginx の束にも加えてください。"), "success")
    return answer


def existing(public_id: str) -> IssuingCa:
    return ca_by(db.session(), public_id) or abort(404)


def _ca_page(row: IssuingCa, form: SourceForm) -> str:
    now = clock.now()
    return render_template(
        "cas/ca.html",
        row=row,
        counts=counts_of(db.session())[row.id],
        state=list_state(row, now),
        tag_of_list=STATE_TAGS[list_state(row, now)],
        is_over=now >= row.not_after,
        form=form,
        form_key=new_form_key(),
    )


@audience(staff(SETTINGS))
def show_ca(public_id: str) -> str:
    row = existing(public_id)
    return _ca_page(row, SourceForm(source=row.list_source))


def _press(public_id: str, operation: Callable[[Session, IssuingCa, datetime], None]) -> ResponseReturnValue:
    def run(session: Session, now: datetime) -> str:
        operation(session, locked_ca(session, public_id) or abort(404), now)
        return f"{LIST}/{public_id}"

    return once(viewer().user_id, run)


@audience(staff(SETTINGS))
def set_source(public_id: str) -> ResponseReturnValue:
    """The list is fetched first, before any row is locked: the other side may take its time."""
    row, form, by = existing(public_id), SourceForm(), actor()
    if not form.validate():
        return _ca_page(row, form), 422
    submitted_key()
    source = form.source.data
    brought = bring(row, source, _desk())
    try:
        answer = _press(
            public_id, lambda session, ca, now: set_list_source(session, ca, source, brought, by=by, now=now)
        )
    except Refused as refusal:
        form.refuse([refusal])
        return _ca_page(existing(public_id), form), 422
    flash(_("失効リストを読み取り、取得元を設定しました。"), "success")
    return answer


@audience(staff(SETTINGS))
def refresh_now(public_id: str) -> ResponseReturnValue:
    row, by = existing(public_id), actor()
    submitted_key()
    brought = bring(row, row.list_source, _desk())

    def operation(session: Session, ca: IssuingCa, now: datetime) -> None:
        if not ca.list_source or ca.list_source != row.list_source:
            raise Conflict(_("取得元が設定されていないか、いま変わりました。もう一度ご確認ください。"))
        note_brought(session, ca, brought, by=by, now=now)

    answer = _press(public_id, operation)
    if failure := existing(public_id).list_failure:
        flash(_("失効リストを読み取れませんでした。") + failure, "error")
    else:
        flash(_("失効リストを読み直しました。"), "success")
    return answer


@audience(staff(SETTINGS))
def remove_source(public_id: str) -> ResponseReturnValue:
    existing(public_id)
    by = actor()
    answer = _press(public_id, lambda session, ca, now: drop_list_source(session, ca, by=by, now=now))
    flash(_("取得元を外しました。これまでに失効した証明書は、失効のままです。"), "success")
    return answer


@audience(staff(SETTINGS))
def end(public_id: str) -> ResponseReturnValue:
    existing(public_id)
    by = actor()
    answer = _press(public_id, lambda session, ca, now: end_ca(session, ca, by=by, now=now))
    flash(_("認証局を終了しました。この認証局の証明書は、もう新しく登録できません。"), "success")
    return answer


def ca_staff_blueprint() -> Blueprint:
    blueprint = Blueprint("staff_cas", __name__)
    for path, method, view in (
        (LIST, "GET", show_list),
        (f"{LIST}.csv", "GET", export_list),
        (f"{LIST}/new", "GET", show_form),
        (f"{LIST}/new", "POST", check_file),
        (LIST, "POST", add),
        (f"{LIST}/<public_id>", "GET", show_ca),
        (f"{LIST}/<public_id>/source", "POST", set_source),
        (f"{LIST}/<public_id>/refresh", "POST", refresh_now),
        (f"{LIST}/<public_id>/remove-source", "POST", remove_source),
        (f"{LIST}/<public_id>/end", "POST", end),
    ):
        blueprint.add_url_rule(path, view_func=view, methods=[method])
    return blueprint
