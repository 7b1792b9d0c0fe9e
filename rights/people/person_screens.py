"""The pages of what is asked for about one person: the form beside its days, and everything once more before it is sent (R5-34)."""

from dataclasses import dataclass, replace

from flask import render_template, request
from flask_babel import gettext as _

from auth.models import Organization, User
from base import clock
from base.db import db
from base.form_keys import new_form_key
from base.words import translated
from rights.code_choices import CodeChoice
from rights.codes import AskedRights
from rights.entry.chosen import AskedPart, asked_part
from rights.entry.outlook_queries import outlook_now
from rights.entry.outlooks import Outlook
from rights.id_changes import terms_without
from rights.people.entries import PersonEntry
from rights.people.forms import NAMES, RemovalForm, typed_in
from rights.request_forms import RequestForm
from rights.request_queries import open_request_for
from rights.request_rules import JUJU_SEATS, extra_seat
from rights.request_states import RequestKind
from rights.right_changes import standing
from rights.shown_requests import title_of


@dataclass(frozen=True, slots=True)
class Line:
    """Of the check page: what stands now, and what will."""

    label: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


def entry_page(entry: PersonEntry, organization: Organization, user: User, form: RequestForm) -> str:
    session, now = db.session(), clock.now()
    held = standing(session, user.id, now)
    part = _asked_part(organization, held)
    if request.form.get("step") == "choose":
        form.choose(part.codes)
    return render_template(
        f"rights/person_{entry.choice.name.lower()}.html",
        user=user,
        form=form,
        held=held,
        titles=_titles(held),
        part=part,
        outlook=_outlook(entry, user, held, form),
        first=open_request_for(session, user.login_id_folded),
    )


def check_page(entry: PersonEntry, organization: Organization, user: User, form: RequestForm) -> str:
    session, now = db.session(), clock.now()
    held = standing(session, user.id, now)
    juju_taken = terms_without(session, organization, held, now).juju_taken
    is_juju_new = bool(entry.after(held, form).juju) and not entry.before(held).juju
    return render_template(
        "rights/person_check.html",
        entry=entry,
        user=user,
        form=form,
        lines=_lines(entry, form, user, held),
        typed=typed_in(form, entry.typed),
        extra_seat=extra_seat(juju_taken + 1) if is_juju_new else None,
        juju_seats=JUJU_SEATS,
        outlook=_outlook(entry, user, held, form),
        form_key=new_form_key(),
    )


def removal_page(user: User, form: RemovalForm) -> str:
    session, now = db.session(), clock.now()
    held = standing(session, user.id, now)
    return render_template(
        "rights/person_remove.html",
        user=user,
        form=form,
        titles=_titles(held),
        outlook=_removal_outlook(user, held) if held.systems else None,
        first=open_request_for(session, user.login_id_folded),
        form_key=new_form_key(),
    )


def _outlook(entry: PersonEntry, user: User, held: AskedRights, form: RequestForm) -> Outlook | None:
    """Of a change the address has to name whose it is: it is compared with what that person holds (R9-1)."""
    if entry.kind is None:
        return None
    person = user.public_id if entry.kind is RequestKind.CHANGE else ""
    before, after = entry.before(held), entry.after(held, form)
    return outlook_now(db.session(), entry.kind, before, after, clock.now(), person)


def _removal_outlook(user: User, held: AskedRights) -> Outlook:
    return outlook_now(db.session(), RequestKind.REMOVAL, held, AskedRights(), clock.now(), user.public_id)


def _titles(held: AskedRights) -> list[tuple[str, str]]:
    return [(system.value, title_of(system, code)) for system, code in held.in_all_systems()]


def _asked_part(organization: Organization, held: AskedRights) -> AskedPart:
    """What somebody has can stay, even where it couldn't be asked for any more; his own JUJU seat is taken by nobody else."""
    terms = terms_without(db.session(), organization, held, clock.now())
    ticked = request.form.getlist("task")
    part = asked_part(terms, ticked, has_special_approval=organization.has_special_approval)
    return replace(part, choices=[_with_held(choice, held) for choice in part.choices])


def _with_held(choice: CodeChoice, held: AskedRights) -> CodeChoice:
    code = getattr(held, choice.system.lower())
    refused = {value: reason for value, reason in choice.refused.items() if value != code}
    return replace(choice, is_in_use=choice.is_in_use or code is not None, refused=refused)


def _lines(entry: PersonEntry, form: RequestForm, user: User, held: AskedRights) -> list[Line]:
    """What the form is about: names stay out of a change of rights, and rights out of a correction."""
    names = _lines_of_names(form, user) if set(NAMES) <= set(entry.typed) else []
    rights = _lines_of_rights(held, entry.after(held, form)) if entry.kind else []
    return [*names, *rights]


def _lines_of_names(form: RequestForm, user: User) -> list[Line]:
    labels = {choice.value: str(choice.label) for choice in form.contractor.iter_choices()}
    entry, own = form.entry(), user.contractor.public_id if user.contractor else ""
    belonged_to = labels.get(own, user.contractor.name if user.contractor else "")
    return [
        Line(_("所属事業者"), belonged_to, labels.get(entry.contractor, "")),
        Line(_("利用者名(漢字)"), user.name_kanji, entry.name_kanji),
        Line(_("利用者名(カナ)"), user.name_kana, entry.name_kana),
        Line(_("メールアドレス(ID)"), user.login_id, entry.login_id),
    ]


def _lines_of_rights(held: AskedRights, wanted: AskedRights) -> list[Line]:
    pairs = zip(_titles(held), _titles(wanted), strict=True)
    return [
        Line(system, translated(before) or _("なし"), translated(after) or _("なし"))
        for (system, before), (_system, after) in pairs
    ]
