import email
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from auth.usable_certificates import NO_CERTIFICATE
from base.actors import Actor
from base.db import transaction
from base.mail_claims import claim, give_back
from base.mail_line import MailServer
from base.mail_text import Composed, Held, Letterhead, Skipped
from base.outbox import Mail, send_again
from base.postman import Post, deliver_due
from content.addresses.addresses import (
    register_address,
    release_held_links,
    remove_address,
    send_link_again,
    send_link_anyway,
)
from content.addresses.links import link_desk, read_link, token_for
from content.addresses.mails import address_composer
from content.addresses.queries import VERIFY_ADDRESS, locked_address
from content.models import ContactAddress
from tests import make
from tests.certificates import NOW
from tests.settings import BASE_URL, OPERATOR
from tests.smtp_script import Script, scripted

DESK = link_desk(["k" * 43])
COMPOSE = address_composer(DESK, BASE_URL, OPERATOR)
HEAD = Letterhead("みなみ都市ガスネットワーク", "info@minami-network.example", "portal.example")
LATER = NOW + timedelta(hours=3)
BY = Actor("uketsuke@minami-network.example")


def registered(session: Session, *, is_reachable: bool = True) -> ContactAddress:
    operator = make.organization(session, is_operator=True)
    staff = make.user(session, operator, staff_role="reception")
    of = make.organization(session, "ひがしガス株式会社")
    make.user(session, of, contact_role="primary")
    if is_reachable:
        make.registration(session, of, make.client_certificate())
    by = Actor(staff.login_id, staff.id, operator.id)
    return register_address(session, of, person_name="東野 花子", address="tanto@higashi-gas.example", by=by, now=NOW)


def the_mail(session: Session, number: int = 0) -> Mail:
    return session.scalars(select(Mail).order_by(Mail.id)).all()[number]


def composed(session: Session, now: datetime = LATER, number: int = 0) -> Composed:
    found = COMPOSE(session, the_mail(session, number), now)
    assert isinstance(found, Composed)
    return found


def test_the_mail_says_for_whom_what_to_do_until_when_and_whom_to_call(session: Session) -> None:
    """R7-10, R7-12: the seven days count from sending, shown with weekday in Japanese time."""
    row = registered(session)
    found = composed(session)
    assert found.subject == "メールアドレスのご登録依頼"
    for words in (
        "ひがしガス株式会社",
        "東野 花子 様",
        "tanto@higashi-gas.example",
        "2026/11/29(日) 15:00 まで(日本時間)",
        "「本登録する」",
        "「本登録完了」",
        "託送受付センター",
        "0570-000-111",
        "desk@minami-network.example",
    ):
        assert words in found.body
    assert row.link_sent_at == LATER


def test_the_link_stands_alone_on_its_line_and_leads_here(session: Session) -> None:
    """R7-10, E16."""
    row = registered(session)
    (line,) = [line for line in composed(session).body.splitlines() if "/verify/" in line]
    link = read_link(DESK, line.removeprefix(f"{BASE_URL}/verify/"))
    assert link is not None
    assert (link.public_id, link.version) == (row.public_id, 1)


def test_a_retry_gives_seven_days_of_its_own(session: Session) -> None:
    """R7-12: the link is the same, its time counts from the try that got through."""
    row = registered(session)
    first, second = composed(session, NOW), composed(session, NOW + timedelta(days=2))
    assert row.link_sent_at == NOW + timedelta(days=2)
    assert "2026/12/01(火) 12:00 まで" in second.body
    assert next(line for line in first.body.splitlines() if "/verify/" in line) in second.body


def test_a_mail_that_has_lost_its_point_is_not_sent(session: Session) -> None:
    """F9, R7-12, R7-15."""
    row = registered(session)
    send_link_again(session, row, by=BY, now=NOW)
    assert isinstance(COMPOSE(session, the_mail(session, 0), LATER), Skipped)
    row.verified_at = NOW
    assert isinstance(COMPOSE(session, the_mail(session, 1), LATER), Skipped)
    row.verified_at = None
    row.organization.ended_at = NOW
    assert isinstance(COMPOSE(session, the_mail(session, 1), LATER), Skipped)
    row.organization.ended_at = None
    assert isinstance(COMPOSE(session, the_mail(session, 1), LATER), Composed)
    remove_address(session, row, by=BY, now=NOW)
    assert isinstance(COMPOSE(session, the_mail(session, 1), LATER), Skipped)
    the_mail(session).about = "0" * 12
    assert isinstance(COMPOSE(session, the_mail(session, 0), LATER), Skipped)


def test_a_mail_that_nobody_can_use_any_more_is_held_when_it_is_due(session: Session) -> None:
    """R7-10: the last certificate may have gone since it was queued; staff can send it all the same."""
    row = registered(session, is_reachable=False)
    mail = the_mail(session)
    mail.state, mail.hold_reason, row.hold_reason = "waiting", None, None
    assert COMPOSE(session, mail, LATER) == Held(NO_CERTIFICATE)
    assert row.hold_reason == NO_CERTIFICATE
    assert row.link_sent_at is None
    mail.state = "held"
    send_link_anyway(session, row, by=BY, now=NOW)
    assert isinstance(COMPOSE(session, mail, LATER), Composed)
    assert row.link_sent_at == LATER


def deliver(engine: Engine, script: Script, now: datetime) -> int:
    with scripted(script) as port:
        server = MailServer("127.0.0.1", port, security="none", command_timeout=5.0, final_timeout=1.0)
        post = Post(engine, server, HEAD, {VERIFY_ADDRESS: COMPOSE}, "worker-1/a", lambda: now, connections=1)
        return deliver_due(post, threading.Event())


def received(script: Script) -> EmailMessage:
    return email.message_from_bytes(script.taken[-1].content, policy=policy.default)


def test_the_mail_arrives_with_its_link_whole(engine: Engine) -> None:
    """R7-10, R7-16: over real SMTP, to that address alone."""
    with transaction(Session(engine)) as session:
        token = token_for(DESK, registered(session))
    script = Script()
    assert deliver(engine, script, LATER) == 1
    message = received(script)
    assert script.taken[0].recipients == ("tanto@higashi-gas.example",)
    assert message["Subject"] == "メールアドレスのご登録依頼"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "<contact-addresses.portal.example>"
    assert f"{BASE_URL}/verify/{token}" in message.get_content().splitlines()
    with Session(engine) as session:
        assert session.scalars(select(ContactAddress.link_sent_at)).one() == LATER


def test_a_held_mail_goes_out_after_a_certificate_is_registered(engine: Engine) -> None:
    """R7-10: nobody has to press anything."""
    with transaction(Session(engine)) as session:
        registered(session, is_reachable=False)
    assert deliver(engine, Script(), NOW) == 0
    with transaction(Session(engine)) as session:
        make.registration(
            session, session.scalars(select(ContactAddress)).one().organization, make.client_certificate()
        )
    with transaction(Session(engine)) as session:
        assert release_held_links(session, now=LATER) == 1
    script = Script()
    assert deliver(engine, script, LATER) == 1
    assert "2026/11/29(日) 15:00 まで" in received(script).get_content()


def test_a_refused_mail_can_be_sent_again_and_counts_from_then(engine: Engine) -> None:
    """R7-12, R7-14."""
    with transaction(Session(engine)) as session:
        registered(session)
    deliver(engine, Script().at("RCPT", "550 no such user"), NOW)
    with transaction(Session(engine)) as session:
        assert (the_mail(session).state, the_mail(session).failure) == ("failed", "550 no such user")
        send_again(the_mail(session), now=LATER)
    script = Script()
    assert deliver(engine, script, LATER) == 1
    assert "2026/11/29(日) 15:00 まで" in received(script).get_content()


def test_staff_and_worker_at_the_same_address_never_wait_for_each_other_in_a_circle(engine: Engine) -> None:
    """R7-12, R7-15: a deadlock would end one of them with an error, on PostgreSQL."""
    with transaction(Session(engine)) as session:
        first = registered(session)
        by = Actor(BY.label, first.registered_by_id)
        more = [f"p{number}@higashi-gas.example" for number in range(5)]
        for address in more:
            register_address(session, first.organization, person_name="東", address=address, by=by, now=NOW)
        public_ids = [row.public_id for row in session.scalars(select(ContactAddress))]

    def work() -> None:
        for _round in range(15):
            _found, claimed = claim(engine, {VERIFY_ADDRESS: COMPOSE}, "worker-1/a", NOW)
            give_back(engine, [mail.id for mail in claimed], "worker-1/a")

    def press() -> None:
        for _round in range(5):
            for public_id in public_ids:
                with transaction(Session(engine)) as session:
                    row = locked_address(session, public_id)
                    assert row is not None
                    send_link_again(session, row, by=by, now=NOW)

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(work), pool.submit(press), pool.submit(work)]:
            done.result()
    with Session(engine) as session:
        assert session.scalars(select(ContactAddress.link_version)).all() == [6] * 6
        assert len(session.scalars(select(Mail.id).where(Mail.state.in_(("waiting", "sending")))).all()) == 6
