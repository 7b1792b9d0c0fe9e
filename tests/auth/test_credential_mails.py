"""Two mails, held while no PC could open their link; the days count from sending (R6-1)."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from auth.credential_links import credential_desk, read_link, token_for
from auth.credential_mails import SUBJECTS
from auth.credential_pairs import release_held_pairs, start_credentials
from auth.credential_queries import KINDS, LINK, latest_pair_of, locked_account, mails_of, state_of
from auth.credential_states import PairState
from auth.locks import lock_user, unlock_user
from auth.models import CredentialPair, Organization, User
from auth.registry import revoke_certificate, suspend_registration
from auth.usable_certificates import NO_CERTIFICATE
from base.actors import COMMAND, Actor
from base.audit import AuditEntry
from base.db import transaction
from base.mail_text import Held, Skipped
from base.outbox import Mail, send_again
from base.refusals import Conflict
from tests import make
from tests.auth.credentialing import COMPOSE, link_in, mails_in, one_time_password_in, send, started
from tests.certificates import NOW
from tests.settings import KEY

LATER = NOW + timedelta(hours=3)
BY = Actor("uketsuke@minami-network.example")


def newcomer(session: Session, *, has_certificate: bool = True) -> User:
    of = make.organization(session, "ひがしガス株式会社")
    if has_certificate:
        make.registration(session, of, make.client_certificate())
    return make.user(session, of, "kubo@higashi-gas.example", name="久保 渉", password=None)


def actions(session: Session) -> list[str]:
    session.flush()
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_two_mails_say_for_whom_what_to_do_until_when_and_whom_to_call(session: Session) -> None:
    """R6-1: the URL in one, the one-time password in the other, each with its subject."""
    pair = started(session, newcomer(session), BY)
    link, password = [send(session, mail, LATER) for mail in mails_in(session, *KINDS)]
    assert (link.subject, password.subject) == ("認証情報登録手順のご案内", "認証情報登録用ワンタイムパスワード")
    for letter in (link, password):
        for words in ("ひがしガス株式会社", "久保 渉 様", "2026/11/29(日) 15:00 まで(日本時間)", "0570-000-333"):
            assert words in letter.body
    assert (pair.link_sent_at, pair.password_sent_at) == (LATER, LATER)
    code = one_time_password_in(password)
    assert code not in link.body
    assert "/credentials/" not in password.body
    assert link_in(link).startswith("/credentials/")


def test_the_mails_go_to_the_id_and_the_pair_is_in_the_trail(session: Session) -> None:
    """R6-1, R6-8."""
    user = newcomer(session)
    staff = make.user(session, make.organization(session, is_operator=True), staff_role="reception")
    pair = started(session, user, Actor(staff.login_id, staff.id))
    assert {(mail.address, mail.state, mail.is_bulk) for mail in mails_in(session, *KINDS)} == {
        (user.login_id, "waiting", False)
    }
    assert pair.created_by_id == staff.id
    assert actions(session)[-1] == "credentials.started"


def test_no_row_holds_the_one_time_password(session: Session) -> None:
    """R6-1: nor its link's token."""
    started(session, newcomer(session))
    link, password = [send(session, mail) for mail in mails_in(session, *KINDS)]
    secrets = (one_time_password_in(password), one_time_password_in(password).replace("-", ""), link_in(link)[-20:])
    for table in (CredentialPair, Mail, AuditEntry):
        rows = session.scalars(select(table)).all()
        held = " ".join(str(value) for row in rows for value in vars(row).values())
        assert [secret for secret in secrets if secret in held] == []


def test_while_no_pc_could_open_the_link_both_are_held_with_the_reason(session: Session) -> None:
    """R6-1: and go out by themselves; the days count from then."""
    user = newcomer(session, has_certificate=False)
    pair = started(session, user)
    assert {(mail.state, mail.hold_reason) for mail in mails_in(session, *KINDS)} == {("held", NO_CERTIFICATE)}
    assert state_of(pair, 7, NOW) is PairState.HELD
    assert release_held_pairs(session, now=NOW) == 0
    nishi = make.organization(session)
    make.registration(session, nishi, make.client_certificate())
    assert release_held_pairs(session, now=NOW) == 0
    make.registration(session, user.organization, make.client_certificate())
    later = NOW + timedelta(days=20)
    assert release_held_pairs(session, now=later) == 1
    assert {mail.state for mail in mails_in(session, *KINDS)} == {"waiting"}
    for mail in mails_in(session, *KINDS):
        send(session, mail, later)
    assert state_of(pair, 7, later + timedelta(days=7)) is PairState.SENT
    assert release_held_pairs(session, now=later) == 0
    assert actions(session).count("credentials.released") == 1


@pytest.mark.parametrize("how", ["suspended", "revoked"])
def test_a_certificate_gone_meanwhile_holds_them_as_they_are_claimed(session: Session, how: str) -> None:
    """F9, R4-5: staff's 「send anyway」 changes nothing: the link would die unused."""
    of = make.organization(session)
    registration = make.registration(session, of, make.client_certificate())
    pair = started(session, make.user(session, of, password=None))
    if how == "suspended":
        suspend_registration(registration, session=session, by=COMMAND, now=NOW)
    else:
        revoke_certificate(registration.certificate, session=session, by=COMMAND, now=NOW)
    session.flush()
    for mail in mails_in(session, *KINDS):
        mail.is_hold_waived = True
        assert COMPOSE(session, mail, LATER) == Held(NO_CERTIFICATE)
    assert (pair.hold_reason, pair.link_sent_at) == (NO_CERTIFICATE, None)


def test_a_new_pair_ends_the_older_and_recalls_its_mails(session: Session) -> None:
    """R6-1: what is still queued of it doesn't go out, and what is sent again by hand neither."""
    user = newcomer(session)
    old, new = started(session, user), started(session, user)
    assert (old.ended_at, old.end_reason, new.ended_at) == (NOW, "replaced", None)
    states = [mail.state for mail in mails_of(session, old)], [mail.state for mail in mails_of(session, new)]
    assert states == (["skipped", "skipped"], ["waiting", "waiting"])
    for mail in mails_of(session, old):
        send_again(mail, now=NOW)
        assert isinstance(COMPOSE(session, mail, LATER), Skipped)
    assert latest_pair_of(session, user.id) is new


def test_a_mail_that_has_lost_its_point_is_not_sent(session: Session) -> None:
    """F9, D4."""
    user = newcomer(session)
    pair = started(session, user)
    mail = mails_of(session, pair)[0]
    for row, name in ((pair, "used_at"), (user, "deleted_at"), (user.organization, "ended_at")):
        setattr(row, name, NOW)
        assert isinstance(COMPOSE(session, mail, LATER), Skipped)
        setattr(row, name, None)
    mail.occasion = f"{LINK}:{'0' * 12}"
    assert isinstance(COMPOSE(session, mail, LATER), Skipped)
    assert pair.link_sent_at is None


def test_a_retry_counts_its_days_anew_and_the_older_mail_decides(session: Session) -> None:
    """R6-1."""
    pair = started(session, newcomer(session))
    link, password = mails_of(session, pair)
    send(session, password)
    first, second = send(session, link), send(session, link, NOW + timedelta(days=2))
    assert link_in(first) == link_in(second)
    assert pair.link_sent_at == NOW + timedelta(days=2)
    assert "2026/11/29(日) 12:00 まで" in second.body


def test_a_lock_by_staff_ends_the_pair_and_a_locked_account_starts_none(session: Session) -> None:
    """R6-1, R6-3: what may lie in a stranger's mailbox doesn't come back with the unlocking."""
    user = newcomer(session)
    pair = started(session, user)
    lock_user(session, user, "メールの盗み見の疑い", by=BY, now=NOW)
    session.refresh(pair)
    assert (pair.ended_at, pair.end_reason) == (NOW, "lock")
    with pytest.raises(Conflict, match="先にロックを解除"):
        started(session, user)
    unlock_user(session, user, "本人", "所属", by=BY, now=NOW)
    assert state_of(pair, 7, NOW) is PairState.KILLED
    assert started(session, user).public_id != pair.public_id


def test_nobody_is_invited_who_is_not_there_any_more(session: Session) -> None:
    """D4."""
    user = newcomer(session)
    user.deleted_at = NOW
    with pytest.raises(Conflict, match="削除"):
        started(session, user)
    user.deleted_at, user.organization.ended_at = None, NOW
    with pytest.raises(Conflict, match="終了"):
        started(session, user)


def test_the_link_fits_its_address_and_its_purpose(session: Session) -> None:
    """D2, D4."""
    pair = started(session, newcomer(session))
    token = token_for(credential_desk([KEY]), pair)
    link = read_link(credential_desk(["other" * 9, KEY]), token)
    assert link is not None
    assert link.public_id == pair.public_id
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert read_link(credential_desk([KEY]), changed) is None
    assert read_link(credential_desk(["other" * 9]), token) is None


def test_several_staff_at_once_leave_one_open_pair(engine: Engine) -> None:
    """G1, R6-1: on PostgreSQL the database decides."""
    with transaction(Session(engine)) as session:
        user_id = newcomer(session).public_id

    def press(_number: int) -> bool:
        try:
            with transaction(Session(engine)) as session:
                account = locked_account(session, user_id)
                assert account is not None
                start_credentials(session, account, by=COMMAND, now=NOW)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert any(pool.map(press, range(12)))
    with Session(engine) as session:
        pairs = session.scalars(select(CredentialPair)).all()
        assert len([pair for pair in pairs if pair.ended_at is None]) == 1
        waiting = [mail for mail in mails_in(session, *KINDS) if mail.state == "waiting"]
        assert len(waiting) == 2
        started_lines = session.scalars(select(AuditEntry).where(AuditEntry.action == "credentials.started")).all()
        assert {json.loads(line.after)["pair"] for line in started_lines} == {pair.public_id for pair in pairs}
        assert session.scalar(select(Organization.name)) == "ひがしガス株式会社"


def test_every_kind_has_its_subject() -> None:
    assert set(SUBJECTS) == set(KINDS)
