from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from auth.models import Organization, User
from auth.permissions import permissions_of
from auth.registry import suspend_registration
from auth.usable_certificates import NO_CERTIFICATE
from auth.viewer import Viewer
from base.actors import COMMAND, Actor
from base.address_hashes import hash_of
from base.audit import AuditEntry
from base.db import transaction
from base.outbox import Mail, queue_mail
from base.refusals import Conflict, Refused
from content.addresses.addresses import (
    LinkRefused,
    confirm_address,
    occasion_of,
    register_address,
    release_held_links,
    remove_address,
    send_link_again,
    send_link_anyway,
)
from content.addresses.links import Link
from content.addresses.queries import NO_CREDENTIALS, locked_address, state_of
from content.addresses.states import AddressState, LinkAnswer
from content.models import ContactAddress
from tests import make
from tests.certificates import NOW

ADDRESS = "Tanto@higashi-gas.example"


class Ground:
    """Higashi with a manager who can log in, Nishi likewise, and a member of staff."""

    def __init__(self, session: Session) -> None:
        self.session = session
        operator = make.organization(session, is_operator=True)
        self.higashi = make.organization(session, "ひがしガス株式会社")
        self.nishi = make.organization(session, "にしガス株式会社")
        self.staff = make.user(session, operator, staff_role="reception")
        self.manager = make.user(session, self.higashi, contact_role="primary")
        self.reader = make.user(session, self.higashi, rights={"JOHS": "J1010"})
        self.outsider = make.user(session, self.nishi, contact_role="primary")
        self.by = Actor(self.staff.login_id, self.staff.id, operator.id)
        for of in (self.higashi, self.nishi):
            make.registration(session, of, make.client_certificate())

    def register(self, of: Organization | None = None, address: str = ADDRESS) -> ContactAddress:
        return register_address(
            self.session, of or self.higashi, person_name="窓口 太郎", address=address, by=self.by, now=NOW
        )

    def sent(self, of: Organization | None = None, address: str = ADDRESS) -> ContactAddress:
        row = self.register(of, address)
        row.link_sent_at = NOW
        return row


@pytest.fixture
def ground(session: Session) -> Ground:
    return Ground(session)


def as_viewer(user: User) -> Viewer:
    return Viewer(
        user_id=user.id,
        public_id=user.public_id,
        name=user.name_kanji,
        login_id=user.login_id,
        language="ja",
        organization_id=user.organization_id,
        organization_name="",
        contact_role=user.contact_role,
        staff_role=user.staff_role,
        permissions=permissions_of(user.staff_role, frozenset()),
        systems_in_use=frozenset(),
        held_systems=frozenset(),
        page_versions="",
        session_hash="",
        fingerprint="",
        pc_name="PC-03",
        previous_login_at=None,
        previous_login_pc=None,
    )


def link_to(row: ContactAddress) -> Link:
    return Link(row.public_id, hash_of(row.address), row.link_version)


def press(session: Session, row: ContactAddress, user: User, link: Link | None = None) -> ContactAddress:
    viewer = as_viewer(user)
    return confirm_address(session, link or link_to(row), viewer=viewer, by=viewer.actor(None, None), now=NOW)


def mails(session: Session) -> list[Mail]:
    return list(session.scalars(select(Mail).order_by(Mail.id).execution_options(populate_existing=True)))


def actions(session: Session) -> list[str]:
    return list(
        session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("address.%")).order_by(AuditEntry.id))
    )


def test_a_registered_address_is_provisional_and_its_mail_is_queued_with_it(ground: Ground) -> None:
    """R7-10, R8-1."""
    row = ground.register()
    assert state_of(row, NOW) is AddressState.PROVISIONAL
    (mail,) = mails(ground.session)
    assert (mail.kind, mail.occasion, mail.state) == ("verify-address", f"verify:{row.public_id}:1", "waiting")
    assert (mail.address, mail.about, mail.organization_id) == (ADDRESS, row.public_id, ground.higashi.id)
    entry = ground.session.scalars(select(AuditEntry).where(AuditEntry.action == "address.registered")).one()
    assert (entry.organization_id, entry.user_id) == (ground.higashi.id, ground.staff.id)


def test_without_a_usable_certificate_the_mail_is_held_with_the_reason(ground: Ground) -> None:
    """R7-10: none registered; suspended; over."""
    bare = make.organization(ground.session)
    make.user(ground.session, bare, contact_role="primary")
    suspended = make.organization(ground.session)
    make.user(ground.session, suspended, contact_role="primary")
    registration = make.registration(ground.session, suspended, make.client_certificate())
    suspend_registration(registration, session=ground.session, by=COMMAND, now=NOW)
    for number, of in enumerate((bare, suspended)):
        row = ground.register(of, f"tanto{number}@higashi-gas.example")
        assert state_of(row, NOW) is AddressState.HELD
        assert row.hold_reason == NO_CERTIFICATE
    assert {(mail.state, mail.hold_reason) for mail in mails(ground.session)} == {("held", NO_CERTIFICATE)}


def test_without_credentials_the_mail_is_held_with_the_reason(ground: Ground) -> None:
    """R7-10."""
    of = make.organization(ground.session)
    make.registration(ground.session, of, make.client_certificate())
    make.user(ground.session, of, contact_role="primary", password=None)
    assert ground.register(of).hold_reason == NO_CREDENTIALS


def test_a_held_mail_goes_out_by_itself_once_somebody_can_log_in(ground: Ground) -> None:
    """R7-10."""
    of = make.organization(ground.session)
    make.user(ground.session, of, contact_role="primary")
    row, other = ground.register(of), ground.register(make.organization(ground.session), "other@nishi-gas.example")
    assert release_held_links(ground.session, now=NOW) == 0
    make.registration(ground.session, of, make.client_certificate())
    assert release_held_links(ground.session, now=NOW) == 1
    assert state_of(row, NOW) is AddressState.PROVISIONAL
    assert state_of(other, NOW) is AddressState.HELD
    assert [mail.state for mail in mails(ground.session)] == ["waiting", "held"]
    assert release_held_links(ground.session, now=NOW) == 0
    assert actions(ground.session)[-1] == "address.link_released"


def test_staff_can_send_a_held_mail_anyway(ground: Ground) -> None:
    """R7-10."""
    row = ground.register(make.organization(ground.session))
    send_link_anyway(ground.session, row, by=ground.by, now=NOW)
    (mail,) = mails(ground.session)
    assert (mail.state, mail.is_hold_waived) == ("waiting", True)
    assert state_of(row, NOW) is AddressState.PROVISIONAL
    with pytest.raises(Conflict):
        send_link_anyway(ground.session, row, by=ground.by, now=NOW)


@pytest.mark.parametrize("again", [ADDRESS, ADDRESS.lower(), ADDRESS.upper()])
def test_an_address_is_registered_once_for_an_organization(ground: Ground, again: str) -> None:
    """R7-10, R8-3."""
    ground.register()
    with pytest.raises(Refused) as refusal:
        ground.register(address=again)
    assert refusal.value.field == "address"
    assert ground.register(ground.nishi).organization_id == ground.nishi.id
    assert len(mails(ground.session)) == 2


def test_neither_the_operator_nor_an_organization_that_ended_gets_an_address(ground: Ground) -> None:
    """R7-10, R3-5."""
    operator = ground.session.get_one(Organization, ground.staff.organization_id)
    for of in (operator, make.organization(ground.session, ended_at=NOW)):
        with pytest.raises(Refused):
            ground.register(of)
    assert mails(ground.session) == []


@pytest.mark.parametrize("name", ["", "  ", "窓\n口", "あ" * 41])
def test_a_name_that_is_none_is_refused_at_its_field(ground: Ground, name: str) -> None:
    """R8-3, F1."""
    with pytest.raises(Refused) as refusal:
        register_address(ground.session, ground.higashi, person_name=name, address=ADDRESS, by=ground.by, now=NOW)
    assert refusal.value.field == "person_name"


def test_sending_again_makes_the_older_link_worthless(ground: Ground) -> None:
    """R7-12, D4: the older mail doesn't go out either."""
    row = ground.sent()
    older = link_to(row)
    send_link_again(ground.session, row, by=ground.by, now=NOW)
    assert [(mail.occasion[-2:], mail.state) for mail in mails(ground.session)] == [
        (":1", "skipped"),
        (":2", "waiting"),
    ]
    row.link_sent_at = NOW
    with pytest.raises(LinkRefused) as refusal:
        press(ground.session, row, ground.manager, older)
    assert refusal.value.answer is LinkAnswer.REPLACED
    assert press(ground.session, row, ground.manager).verified_at == NOW


def test_sending_again_settles_the_mail_that_had_failed(ground: Ground) -> None:
    """R7-14: its words stay."""
    row = ground.register()
    mails(ground.session)[0].state, mails(ground.session)[0].failure = "failed", "550 unknown"
    ground.session.flush()
    send_link_again(ground.session, row, by=ground.by, now=NOW)
    assert [(mail.state, mail.failure) for mail in mails(ground.session)] == [
        ("skipped", "550 unknown"),
        ("waiting", None),
    ]


def test_a_verified_or_removed_address_gets_no_further_link(ground: Ground) -> None:
    """R7-12, R7-15."""
    verified, removed = ground.sent(), ground.sent(address="two@higashi-gas.example")
    press(ground.session, verified, ground.manager)
    remove_address(ground.session, removed, by=ground.by, now=NOW)
    for row in (verified, removed):
        for send in (send_link_again, send_link_anyway):
            with pytest.raises(Conflict):
                send(ground.session, row, by=ground.by, now=NOW)


def queue_update(session: Session, of: Organization, address: str, occasion: str = "publication/a") -> None:
    queue_mail(session, kind="publication", occasion=occasion, address=address, organization_id=of.id, now=NOW)


def test_nothing_goes_to_a_removed_address_not_even_what_is_queued(ground: Ground) -> None:
    """R7-15, F9: waiting, held and claimed mails of every kind; what was sent stays as it is."""
    row = ground.register()
    for number, state in enumerate(("waiting", "held", "sending", "sent")):
        queue_update(ground.session, ground.higashi, ADDRESS, f"publication/{number}")
        mails(ground.session)[-1].state = state
        ground.session.flush()
    queue_update(ground.session, ground.higashi, "colleague@higashi-gas.example")
    remove_address(ground.session, row, by=ground.by, now=NOW)
    assert [mail.state for mail in mails(ground.session)] == ["skipped"] * 4 + ["sent", "waiting"]
    assert state_of(row, NOW) is AddressState.REMOVED
    assert row.removed_by_id == ground.staff.id
    with pytest.raises(Conflict):
        remove_address(ground.session, row, by=ground.by, now=NOW)


def test_a_mailbox_that_serves_another_organization_too_keeps_its_mails(ground: Ground) -> None:
    """R7-14, R7-15: the registration mail of the removed one goes, what both share is judged when it is sent."""
    row, _other = ground.register(), ground.register(ground.nishi)
    queue_update(ground.session, ground.higashi, ADDRESS)
    remove_address(ground.session, row, by=ground.by, now=NOW)
    assert [mail.state for mail in mails(ground.session)] == ["skipped", "waiting", "waiting"]


def test_a_removed_address_can_be_registered_anew(ground: Ground) -> None:
    """R7-15: with a link of its own; the old one stays dead."""
    first = ground.sent()
    remove_address(ground.session, first, by=ground.by, now=NOW)
    second = ground.sent()
    with pytest.raises(LinkRefused) as refusal:
        press(ground.session, first, ground.manager)
    assert refusal.value.answer is LinkAnswer.REMOVED
    assert press(ground.session, second, ground.manager).verified_by_id == ground.manager.id


def test_a_contact_manager_of_the_organization_verifies(ground: Ground) -> None:
    """R7-11: whoever of them; the trail says who."""
    row = press(ground.session, ground.sent(), ground.manager)
    assert (row.verified_at, row.verified_by_id) == (NOW, ground.manager.id)
    entry = ground.session.scalars(select(AuditEntry).where(AuditEntry.action == "address.verified")).one()
    assert (entry.user_id, entry.organization_id) == (ground.manager.id, ground.higashi.id)


@pytest.mark.parametrize("who", ["outsider", "staff", "reader"])
@pytest.mark.parametrize("state", ["fresh", "expired", "verified", "removed"])
def test_anybody_else_verifies_nothing_and_learns_nothing(ground: Ground, who: str, state: str) -> None:
    """R7-11, R8-4, D5: whatever the state, the answer is the same."""
    row = ground.sent()
    row.link_sent_at = NOW - timedelta(days=8) if state == "expired" else NOW
    row.verified_at = NOW if state == "verified" else None
    row.removed_at = NOW if state == "removed" else None
    ground.session.flush()
    with pytest.raises(LinkRefused) as refusal:
        press(ground.session, row, getattr(ground, who))
    assert refusal.value.answer is LinkAnswer.OTHERS
    assert "address.verified" not in actions(ground.session)


@pytest.mark.parametrize(
    ("seconds", "is_verified"), [(604_799, True), (604_800, True), (604_801, False), (-3600, True)]
)
def test_the_button_works_for_exactly_seven_days(ground: Ground, seconds: int, is_verified: bool) -> None:  # noqa: FBT001 - a row of the table
    """R7-12, D3; D9: a clock set back an hour spoils nothing."""
    row = ground.sent()
    row.link_sent_at = NOW - timedelta(seconds=seconds)
    ground.session.flush()
    if is_verified:
        assert press(ground.session, row, ground.manager).verified_at == NOW
        return
    with pytest.raises(LinkRefused) as refusal:
        press(ground.session, row, ground.manager)
    assert refusal.value.answer is LinkAnswer.EXPIRED
    assert row.verified_at is None


def test_a_link_dies_with_its_organization_and_with_its_address(ground: Ground) -> None:
    """D4."""
    row = ground.sent()
    with pytest.raises(LinkRefused) as of_another_address:
        press(ground.session, row, ground.manager, Link(row.public_id, hash_of("old@higashi-gas.example"), 1))
    assert of_another_address.value.answer is LinkAnswer.REPLACED
    ground.higashi.ended_at = NOW
    with pytest.raises(LinkRefused) as of_the_past:
        press(ground.session, row, ground.manager)
    assert of_the_past.value.answer is LinkAnswer.REMOVED


def test_a_link_to_no_address_of_ours_is_forged(ground: Ground) -> None:
    """D2."""
    viewer, link = as_viewer(ground.manager), Link("0" * 12, hash_of(ADDRESS), 1)
    with pytest.raises(LinkRefused) as refusal:
        confirm_address(ground.session, link, viewer=viewer, by=viewer.actor(None, None), now=NOW)
    assert refusal.value.answer is LinkAnswer.FORGED


def prepared(engine: Engine) -> tuple[Viewer, Link]:
    with transaction(Session(engine)) as session:
        ground = Ground(session)
        return as_viewer(ground.manager), link_to(ground.sent())


def all_at_once(engine: Engine, operation: Callable[[Session], object], times: int) -> None:
    def once(_number: int) -> None:
        with transaction(Session(engine)) as session:
            operation(session)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(once, range(times)))


def test_fifty_presses_at_once_verify_once(engine: Engine) -> None:
    """D6."""
    viewer, link = prepared(engine)
    by = viewer.actor(None, None)
    all_at_once(engine, lambda session: confirm_address(session, link, viewer=viewer, by=by, now=NOW), 50)
    with Session(engine) as session:
        assert actions(session).count("address.verified") == 1
        assert session.scalars(select(ContactAddress.verified_at)).one() == NOW


def test_staff_who_press_at_once_send_one_link_each_and_only_the_newest_waits(engine: Engine) -> None:
    """R7-12, R7-14."""
    viewer, link = prepared(engine)
    by = viewer.actor(None, None)

    def send(session: Session) -> None:
        row = locked_address(session, link.public_id)
        assert row is not None
        send_link_again(session, row, by=by, now=NOW)

    all_at_once(engine, send, 24)
    with Session(engine) as session:
        row = session.scalars(select(ContactAddress)).one()
        assert row.link_version == 25
        waiting = session.scalars(select(Mail.occasion).where(Mail.state == "waiting")).all()
        assert waiting == [occasion_of(row)]
        assert session.scalar(select(func.count()).select_from(Mail)) == 25
