"""The two screens on which a new request is entered, and the form they share (R5-1, R5-34)."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import render_template, request
from sqlalchemy.orm import Session

from auth.gate import viewer
from auth.models import Organization
from base import clock
from base.db import db
from base.form_keys import new_form_key
from base.identifiers import public_id
from rights.codes import SYSTEMS_WITH_RIGHTS, AskedRights, Refusal, codes_of
from rights.entry.chosen import asked_part
from rights.entry.draft_fields import FIELDS
from rights.entry.outlook_queries import outlook_now
from rights.request_forms import RequestForm
from rights.request_queries import contractors_of, terms_of
from rights.request_rules import CONTRACTOR_GONE, JUJU_SEATS, Terms, extra_seat
from rights.request_states import RequestKind
from rights.shown_requests import title_of

NOTHING_HELD = AskedRights()


@dataclass(frozen=True, slots=True)
class DraftPlace:
    """Where leaving this form keeps it; `known`: as of when the form has the draft, empty where there is none yet.

    `is_typed`: what stands in it was typed and isn't kept anywhere.
    """

    key: str
    known: str = ""
    is_typed: bool = False


def own_organization(session: Session) -> Organization:
    return session.get_one(Organization, viewer().organization_id)


def entry_form(organization: Organization, kept: Mapping[str, str] | None = None) -> RequestForm:
    """`kept`: what a draft holds; its contractor may be gone by now."""
    form = RequestForm(data=kept)
    form.offer(organization, contractors_of(organization))
    if kept and kept["contractor"] not in {choice.value for choice in form.contractor.choices}:
        form.refuse([Refusal("contractor", CONTRACTOR_GONE)])
    return form


def sent_place() -> DraftPlace:
    """As the form names it; a form that names none gets a new one."""
    return DraftPlace(request.form.get("draft") or public_id(), request.form.get("draft_known", ""), is_typed=True)


def entry_page(form: RequestForm, place: DraftPlace) -> str:
    session, now = db.session(), clock.now()
    organization = own_organization(session)
    terms = terms_of(session, organization, now)
    part = asked_part(terms, request.form.getlist("task"), has_special_approval=organization.has_special_approval)
    if request.form.get("step") == "choose":
        form.choose(part.codes)
    return render_template(
        "rights/request_new.html",
        form=form,
        organization=organization,
        part=part,
        outlook=outlook_now(session, RequestKind.NEW, NOTHING_HELD, _asked_or_all(form, terms), now),
        draft=place,
        form_key=new_form_key(),
    )


def confirmation_page(form: RequestForm, organization: Organization, place: DraftPlace) -> str:
    session, now = db.session(), clock.now()
    asked = form.entry().asked
    return render_template(
        "rights/request_check.html",
        form=form,
        typed={name: form[name].data for name in FIELDS},
        organization=organization,
        belongs_to={choice.value: choice.label for choice in form.contractor.iter_choices()}[form.entry().contractor],
        titles=[(system.value, title_of(system, value)) for system, value in asked.in_all_systems()],
        extra_seat=extra_seat(terms_of(session, organization, now).juju_taken + 1) if asked.juju else None,
        juju_seats=JUJU_SEATS,
        outlook=outlook_now(session, RequestKind.NEW, NOTHING_HELD, asked, now),
        form_key=new_form_key(),
        draft=place,
    )


def _asked_or_all(form: RequestForm, terms: Terms) -> AskedRights:
    """While nothing is chosen, what each system of the organization would take."""
    asked = form.entry().asked
    if asked.systems:
        return asked
    return AskedRights(
        **{each.lower(): codes_of(each)[0].value for each in SYSTEMS_WITH_RIGHTS if each in terms.systems_in_use}
    )
