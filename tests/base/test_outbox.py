from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from base.mail_address import one_address
from base.outbox import (
    Mail,
    Queued,
    cancel_all_to,
    cancel_occasion,
    counts_by_state,
    queue_mail,
    queue_mails,
    release_held,
    send_again,
    send_anyway,
)
from base.refusals import Conflict, Refused

NOW = datetime(2026, 11, 22, 13, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def queued(session: Session, address: str = "tanto@higashi.example", **facts: str | int) -> Mail:
    given = {"kind": "update", "occasion": "article:a1:1", "organization_id": 1} | facts
    mail = queue_mail(session, address=address, now=NOW, **given)  # type: ignore[arg-type]
    assert mail is not None
    return mail


def test_a_queued_mail_waits_and_is_due_at_once(session: Session) -> None:
    """R7-10."""
    mail = queued(session, about="a1")
    assert (mail.state, mail.next_try_at, mail.tries, mail.is_uncertain) == ("waiting", NOW, 0, False)
    assert (mail.about, mail.organization_id, mail.created_at) == ("a1", 1, NOW)


def test_an_address_hears_of_an_occasion_once_however_it_is_spelled(session: Session) -> None:
    """R7-14."""
    queued(session, "Tanto@Higashi.example")
    assert (
        queue_mail(session, kind="update", occasion="article:a1:1", address="tanto@higashi.example", now=LATER) is None
    )
    assert queued(session, "tanto@higashi.example", occasion="article:a1:2").state == "waiting"


def test_many_mails_are_queued_at_once_without_the_ones_that_are_there(session: Session) -> None:
    """R7-14."""
    queued(session, "p7@higashi.example")
    rows = [Queued("update", "article:a1:1", f"p{number}@higashi.example") for number in range(2500)]
    assert queue_mails(session, rows, now=NOW) == 2499
    assert queue_mails(session, rows, now=NOW) == 0
    assert counts_by_state(session, "article:a1:1")["waiting"] == 2500


def test_no_mails_to_queue_are_no_fault(session: Session) -> None:
    """R7-13."""
    assert queue_mails(session, [], now=NOW) == 0


@pytest.mark.parametrize(
    "address",
    [
        "",
        "tanto",
        "@higashi.example",
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example\n",
        "a@b.example\u2028c@d.example",
        "a@b.example, c@d.example",
        "a@b.example;c@d.example",
        "a b@c.example",
        '"a b"@c.example',
        '"a@evil.example "@c.example',
        "<a@b.example>",
        "a@b@c.example",
        "a@日本.example",
        "担当@higashi.example",
        "a@b..example",
        "=?utf-8?q?a?= <a@b.example>",
        "a" * 65 + "@b.example",
        "a@" + "b." * 130 + "example",
    ],
)
def test_what_could_become_two_recipients_or_none_is_no_address(session: Session, address: str) -> None:
    """F1."""
    with pytest.raises(Refused):
        queue_mail(session, kind="update", occasion="x", address=address, now=NOW)
    assert session.scalars(select(Mail)).all() == []


@pytest.mark.parametrize(
    "address", ["a@b.example", "a..b.@mobile.example", "o'neil+gas=1@xn--wgv71a.example", "A@localhost"]
)
def test_living_addresses_are_taken_as_they_are(address: str) -> None:
    """F1."""
    assert one_address(address) == address


def test_a_held_mail_says_why_and_goes_out_when_the_reason_is_gone(session: Session) -> None:
    """R7-10."""
    mail = queued(session, hold_reason="有効な証明書がありません", kind="verification")
    other = queued(
        session, "x@nishi.example", hold_reason="有効な証明書がありません", kind="verification", organization_id=2
    )
    assert (mail.state, mail.hold_reason) == ("held", "有効な証明書がありません")
    assert release_held(session, organization_id=1, kinds={"verification"}, now=LATER) == 1
    assert (mail.state, mail.hold_reason, mail.next_try_at) == ("waiting", None, LATER)
    assert other.state == "held"


def test_staff_may_send_a_held_mail_anyway(session: Session) -> None:
    """R7-10."""
    mail = queued(session, hold_reason="有効な証明書がありません")
    send_anyway(mail, now=LATER)
    assert (mail.state, mail.is_hold_waived, mail.next_try_at) == ("waiting", True, LATER)
    with pytest.raises(Conflict):
        send_anyway(mail, now=LATER)


@pytest.mark.parametrize("state", ["failed", "skipped"])
def test_a_mail_that_failed_or_was_skipped_can_be_sent_again(session: Session, state: str) -> None:
    """R7-14."""
    mail = queued(session)
    mail.state, mail.tries, mail.failure = state, 48, "550 no such user"
    send_again(mail, now=LATER)
    assert [mail.state, mail.tries, mail.failure, mail.next_try_at] == ["waiting", 0, None, LATER]


@pytest.mark.parametrize("state", ["waiting", "held", "sending", "sent"])
def test_a_mail_on_its_way_is_not_sent_again(session: Session, state: str) -> None:
    """R7-14."""
    mail = queued(session)
    mail.state = state
    with pytest.raises(Conflict):
        send_again(mail, now=LATER)


def test_replanning_cancels_what_was_queued_and_leaves_what_was_sent(session: Session) -> None:
    """R7-13."""
    waiting, sending, sent = (queued(session, f"p{number}@higashi.example") for number in range(3))
    sending.state, sent.state = "sending", "sent"
    other = queued(session, occasion="article:a1:2")
    assert cancel_occasion(session, "article:a1:1", reason="公開日時が変更されました") == 2
    assert (waiting.state, waiting.failure, sending.state) == ("skipped", "公開日時が変更されました", "skipped")
    assert (sent.state, other.state) == ("sent", "waiting")


def test_nothing_that_an_organization_has_queued_goes_to_a_removed_address(session: Session) -> None:
    """R7-15."""
    update = queued(session, "Tanto@higashi.example")
    held = queued(session, occasion="x", hold_reason="保留", kind="verification")
    shared = queued(session, occasion="y", organization_id=2)
    other = queued(session, "fuku@higashi.example")
    own = queued(session, occasion="z", kind="account")
    kinds, reason = ("update", "verification"), "削除されました"
    assert cancel_all_to(session, "tanto@HIGASHI.example", organization_id=1, kinds=kinds, reason=reason) == 2
    assert [update.state, held.state] == ["skipped"] * 2
    assert [shared.state, other.state, own.state] == ["waiting"] * 3


def test_progress_counts_every_state_of_one_occasion(session: Session) -> None:
    """R7-14."""
    for number, state in enumerate(["waiting", "sent", "sent", "failed"]):
        queued(session, f"p{number}@higashi.example").state = state
    queued(session, occasion="another")
    assert counts_by_state(session, "article:a1:1") == {
        "waiting": 1,
        "held": 0,
        "sending": 0,
        "sent": 2,
        "failed": 1,
        "skipped": 0,
    }
