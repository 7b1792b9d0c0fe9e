"""The form of a new request, with what is registered of somebody filled in (R5-1, R5-14, R5-21)."""

from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import SelectChoice, TextAreaField

from auth.models import Organization, User
from base.forms import Form, at_most
from rights.codes import AskedRights
from rights.corrections import Details
from rights.request_forms import RequestForm, readable
from rights.request_queries import contractors_of
from rights.request_rules import LONGEST_MEMO

RIGHTS = ("taxis", "johs", "juju", "loacus")
NAMES = ("contractor", "name_kanji", "name_kana")


class RemovalForm(Form):
    """R5-18: there is nothing to choose."""

    memo = TextAreaField(lazy_gettext("申請メモ"), [at_most(LONGEST_MEMO)], filters=[readable])


def person_form(organization: Organization, user: User, held: AskedRights, typed: Iterable[str]) -> RequestForm:
    """`typed`: the fields that are asked; the others stay as they are registered, whatever was sent (E14)."""
    registered, asked = _registered(user, held), set(typed)
    # A new ID is typed from nothing.
    form = RequestForm(data=registered | ({"login_id": ""} if "login_id" in asked else {}))
    form.offer(organization, contractors_of(organization))
    for name, value in registered.items():
        if name not in asked:
            form[name].data = value
    return form


def offer_present_contractor(form: RequestForm, user: User) -> None:
    """One that no longer works for the organization can stay where it stands."""
    known = {choice.value for choice in form.contractor.choices}
    if user.contractor is not None and user.contractor.public_id not in known:
        label = _("%(name)s(委託の終了)", name=user.contractor.name)
        form.contractor.choices.append(SelectChoice(user.contractor.public_id, label))


def asked_in(form: RequestForm) -> AskedRights:
    return form.entry().asked


def details_in(form: RequestForm) -> Details:
    entry = form.entry()
    return Details(entry.contractor, entry.name_kanji, entry.name_kana, entry.memo)


def typed_in(form: RequestForm, typed: Iterable[str]) -> dict[str, str]:
    """For the form of the check page."""
    return {name: form[name].data or "" for name in typed}


def _registered(user: User, held: AskedRights) -> dict[str, str]:
    return {
        "contractor": user.contractor.public_id if user.contractor else "",
        "name_kanji": user.name_kanji,
        "name_kana": user.name_kana,
        "login_id": user.login_id,
        **{name: getattr(held, name) or "" for name in RIGHTS},
    }
