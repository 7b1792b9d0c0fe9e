"""What waits because of contact addresses and mails: for the contact manager's home, and on the reception center's desk."""

from collections import Counter
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.viewer import Viewer
from base.waiting import Figure, Todo
from base.words import moment
from content.addresses.lists import UNREACHED, Filters, groups
from content.addresses.queries import active_organizations, addresses_of, all_addresses, state_of
from content.addresses.states import AddressState, valid_until
from content.mailing.mail_lists import ATTENTION, count_in
from content.models import ContactAddress

SETTLED = {AddressState.VERIFIED, AddressState.REMOVED}


def todos(session: Session, viewer: Viewer, now: datetime) -> list[Todo]:
    """Addresses of the contact manager's own organization that aren't verified, and until when they can be (R7-12)."""
    if not viewer.is_contact_manager:
        return []
    known = [(row, state_of(row, now)) for row in addresses_of(session, viewer.organization_id)]
    return [_todo(row, state) for row, state in known if state not in SETTLED]


def _todo(row: ContactAddress, state: AddressState) -> Todo:
    title = _("%(name)sさんのメールアドレスが本登録されていません", name=row.person_name)
    colour = "red" if state is AddressState.EXPIRED else "blue"
    return Todo(_("連絡先"), colour, title, _note(row, state), "/addresses", _("状況を見る"))


def _note(row: ContactAddress, state: AddressState) -> str:
    if state is AddressState.EXPIRED:
        return _("リンクの期限が切れました。託送受付センターへ再送をご依頼ください")
    if state is AddressState.PROVISIONAL and row.link_sent_at:
        return _("リンクの期限 %(time)s まで", time=moment(valid_until(row.link_sent_at)))
    return _("まもなくメールが届きます")


def figures(session: Session, now: datetime) -> list[Figure]:
    """Mails that need somebody, organizations that no update reaches, links that ran out (R7-12, R7-14)."""
    every = groups(active_organizations(session), all_addresses(session), Filters(), now)
    states = Counter(each.state for group in every for each in group.listed)
    undelivered, unreached = count_in(session, ATTENTION, now), sum(not group.is_reached for group in every)
    expired = states[AddressState.EXPIRED]
    return [
        Figure(undelivered, _("届いていないメール"), "/staff/mails", is_late=undelivered > 0),
        Figure(unreached, _("本登録のない事業者"), f"/staff/addresses?state={UNREACHED}", is_late=unreached > 0),
        Figure(expired, _("リンクの期限切れ"), "/staff/addresses?state=expired", is_late=expired > 0),
    ]
