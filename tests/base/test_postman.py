import email
import threading
import time
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from email import policy
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from base.db import transaction
from base.mail_claims import Composer, ForMany, Outcome, Recipient, once_a_batch
from base.mail_hand import FEW
from base.mail_line import MailServer
from base.mail_signature import SigningKey
from base.mail_text import Composed, Held, Skipped
from base.outbox import Mail, queue_mail, send_again
from base.postman import deliver_due
from demo.sink import sink
from tests.base.mailing import NOW, compose, counts, deliver, fill, post_to, recipients, the_mail
from tests.smtp_script import RESET, SILENCE, WHEN_OPEN, Script, free_port, scripted


@pytest.mark.parametrize("in_hand", [1, 7])
def test_every_due_mail_goes_once_over_a_few_lines_and_is_marked(engine: Engine, in_hand: int) -> None:
    """R7-14, F11."""
    addresses = fill(engine, 230)
    script = Script()
    with scripted(script) as port:
        assert deliver(post_to(port, engine, connections=4, in_hand=in_hand)) == 230
        assert deliver(post_to(port, engine)) == 0
    assert recipients(script) == sorted(addresses)
    assert {len(taken.recipients) for taken in script.taken} == {1}
    assert counts(engine) == {"sent": 230}
    assert script.connections <= 4


def test_a_sent_mail_says_when(engine: Engine) -> None:
    """R7-14."""
    fill(engine)
    with scripted(Script()) as port:
        deliver(post_to(port, engine))
    mail = the_mail(engine)
    assert [mail.state, mail.sent_at, mail.tries, mail.is_uncertain, mail.failure] == ["sent", NOW, 1, False, None]


def test_the_mail_in_the_sink_is_the_one_that_was_composed(engine: Engine, tmp_path: Path) -> None:
    """R7-16."""
    fill(engine)
    port = free_port()
    started = sink(tmp_path / "mail", port)
    started.start()
    deliver(post_to(port, engine))
    started.stop()
    (file,) = (tmp_path / "mail").glob("*.eml")
    message = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert message["Subject"] == "掲載情報更新のお知らせ"
    assert message["Message-ID"] == f"<{the_mail(engine).public_id}@portal.minami.example>"
    assert message.get_content() == f"a1 {NOW.isoformat()}\r\n"
    assert message.get_all("Delivered-To") == ["p0@higashi.example"]


def test_a_mail_waits_for_its_time(engine: Engine) -> None:
    """F4."""
    fill(engine)
    script = Script()
    with scripted(script) as port:
        assert deliver(post_to(port, engine, clock=lambda: NOW - timedelta(seconds=1))) == 0
        assert script.connections == 0
        assert deliver(post_to(port, engine)) == 1


def test_what_is_meant_for_one_person_goes_before_what_goes_to_many(engine: Engine) -> None:
    """R7-10."""
    fill(engine, 60)
    with transaction(Session(engine)) as session:
        later = NOW + timedelta(minutes=1)
        queue_mail(session, kind="update", occasion="verify:c1:1", address="new@nishi.example", now=later)
    script = Script()
    with scripted(script) as port:
        deliver(post_to(port, engine, connections=1, clock=lambda: NOW + timedelta(minutes=2)))
    assert script.taken[0].recipients == ("new@nishi.example",)


@pytest.mark.parametrize("reply", ["421 busy", "451 greylisted", "452 disk full"])
def test_a_mail_the_server_puts_off_is_tried_again_later(engine: Engine, reply: str) -> None:
    """F4."""
    fill(engine)
    script = Script().at("RCPT", reply)
    with scripted(script) as port:
        deliver(post_to(port, engine))
        mail = the_mail(engine)
        assert [mail.state, mail.tries, mail.failure, mail.is_uncertain] == ["waiting", 1, reply, False]
        assert NOW + timedelta(minutes=5) <= mail.next_try_at <= NOW + timedelta(minutes=10)
        assert deliver(post_to(port, engine, clock=lambda: mail.next_try_at)) == 1
    mail = the_mail(engine)
    assert [mail.state, mail.tries, mail.failure] == ["sent", 2, None]


def test_after_forty_eight_tries_a_mail_has_failed_visibly_and_can_be_sent_again(engine: Engine) -> None:
    """F4, R7-14."""
    fill(engine)
    with transaction(Session(engine)) as session:
        session.execute(update(Mail).values(tries=46))
    later = NOW + timedelta(hours=4)
    script = Script(always={"RCPT": "451 greylisted"})
    with scripted(script) as port:
        deliver(post_to(port, engine))
        assert the_mail(engine).state == "waiting"
        deliver(post_to(port, engine, clock=lambda: later))
        mail = the_mail(engine)
        assert [mail.state, mail.tries, mail.failure] == ["failed", 48, "451 greylisted"]
        assert deliver(post_to(port, engine, clock=lambda: later + timedelta(days=9))) == 0
        script.always.clear()
        with transaction(Session(engine)) as session:
            send_again(session.scalars(select(Mail)).one(), now=later)
        assert deliver(post_to(port, engine, clock=lambda: later)) == 1
    assert counts(engine) == {"sent": 1}


@pytest.mark.parametrize("reply", ["550 no such user", "552 mailbox full", "553 bad name"])
def test_a_mail_the_server_refuses_fails_at_once_with_its_words_and_no_other_suffers(
    engine: Engine, reply: str
) -> None:
    """F5."""
    fill(engine, 3)
    script = Script().at("RCPT", reply)
    with scripted(script) as port:
        assert deliver(post_to(port, engine, connections=1)) == 2
        assert deliver(post_to(port, engine, clock=lambda: NOW + timedelta(days=9))) == 0
    assert counts(engine) == {"sent": 2, "failed": 1}
    with Session(engine) as session:
        failed = session.scalars(select(Mail).where(Mail.state == "failed")).one()
    assert [failed.failure, failed.tries] == [reply, 1]


@pytest.mark.parametrize("fault", [RESET, SILENCE])
def test_a_mail_whose_answer_was_lost_goes_again_with_the_same_message_id_and_is_uncertain(
    engine: Engine, fault: str
) -> None:
    """F2, F6."""
    fill(engine)
    script = Script().at("BODY", fault)
    with scripted(script) as port:
        assert deliver(post_to(port, engine)) == 0
        mail = the_mail(engine)
        assert [mail.state, mail.is_uncertain, mail.tries] == ["waiting", True, 1]
        assert deliver(post_to(port, engine, clock=lambda: mail.next_try_at)) == 1
    first, second = (email.message_from_bytes(taken.content)["Message-ID"] for taken in script.taken)
    assert first == second
    mail = the_mail(engine)
    assert [mail.state, mail.is_uncertain] == ["sent", True]


def test_a_mail_lost_before_its_text_went_over_is_certain(engine: Engine) -> None:
    """F6."""
    fill(engine)
    with scripted(Script().at("RCPT", RESET)) as port:
        deliver(post_to(port, engine))
    mail = the_mail(engine)
    assert [mail.state, mail.is_uncertain, mail.tries] == ["waiting", False, 1]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_while_the_server_is_away_or_unsafe_mails_wait_lose_no_try_and_say_why(engine: Engine, security: str) -> None:
    """F7."""
    fill(engine, 60)
    script = Script(("PIPELINING",)).at("GREETING", *["220 plain only"] * 9)
    with scripted(script) as port:
        server = MailServer("127.0.0.1", port, security, command_timeout=0.5)
        assert deliver(post_to(port, engine, server=server)) == 0
    assert script.taken == []
    assert counts(engine) == {"waiting": 60}
    with Session(engine) as session:
        facts = set(session.execute(select(Mail.tries, Mail.next_try_at)).all())
        reasons = session.scalars(select(Mail.failure)).all()
    assert facts == {(0, NOW)}
    assert all(reasons)


@pytest.mark.parametrize("in_hand", [1, 7])
def test_a_server_that_goes_away_in_the_middle_costs_no_mail_a_try(engine: Engine, in_hand: int) -> None:
    """F6, F7."""
    fill(engine, 60)
    script = Script().at("MAIL", "250 fine", "250 fine", RESET).at("GREETING", "220 hello", *["421 gone"] * 9)
    with scripted(script) as port:
        assert deliver(post_to(port, engine, connections=1, in_hand=in_hand)) == 2
        assert counts(engine) == {"sent": 2, "waiting": 58}
        with Session(engine) as session:
            waiting = select(Mail.tries, Mail.is_uncertain).where(Mail.state == "waiting")
            assert set(session.execute(waiting).all()) == {(0, False)}
        script.says["GREETING"].clear()
        assert deliver(post_to(port, engine)) == 58
    assert len(set(recipients(script))) == len(script.taken) == 60


def test_a_mail_that_has_lost_its_point_is_skipped_when_it_is_claimed(engine: Engine) -> None:
    """F9, R7-15."""
    fill(engine, 3)

    def compose_unless_removed(session: Session, mail: Mail, now: datetime) -> Composed | Skipped:
        return Skipped("宛先が削除されました") if mail.address.startswith("p1@") else compose(session, mail, now)

    script = Script()
    with scripted(script) as port:
        deliver(post_to(port, engine, composers={"update": compose_unless_removed}))
    assert recipients(script) == ["p0@higashi.example", "p2@higashi.example"]
    with Session(engine) as session:
        skipped = session.scalars(select(Mail).where(Mail.state == "skipped")).one()
    assert [skipped.failure, skipped.tries] == ["宛先が削除されました", 0]


def test_a_mail_that_has_to_wait_is_held_when_it_is_claimed(engine: Engine) -> None:
    """R7-10."""
    fill(engine)
    with scripted(Script()) as port:
        deliver(post_to(port, engine, composers={"update": lambda *_: Held("有効な証明書がありません")}))
    mail = the_mail(engine)
    assert [mail.state, mail.hold_reason] == ["held", "有効な証明書がありません"]


def test_what_a_composer_writes_is_kept_with_the_claim_and_anew_at_each_try(engine: Engine) -> None:
    """R7-12: a link mail stamps until when its link is valid."""
    fill(engine)

    def stamp(_session: Session, mail: Mail, now: datetime) -> Composed:
        mail.about = f"valid until {now + timedelta(days=7)}"
        return Composed("s", mail.about)

    script = Script().at("RCPT", "451 greylisted")
    later = NOW + timedelta(hours=1)
    with scripted(script) as port:
        deliver(post_to(port, engine, composers={"update": stamp}))
        assert the_mail(engine).about == f"valid until {NOW + timedelta(days=7)}"
        deliver(post_to(port, engine, composers={"update": stamp}, clock=lambda: later))
    assert the_mail(engine).about == f"valid until {later + timedelta(days=7)}"


def _breaks(_session: Session, _mail: Mail, _now: datetime) -> Composed:
    raise LookupError("the article is gone")


def _asks_nonsense(session: Session, _mail: Mail, _now: datetime) -> Composed:
    session.execute(text("SELECT nonsense"))
    return Composed("never", "reached")


def _names_no_list(_session: Session, _mail: Mail, _now: datetime) -> Composed:
    return Composed("s", "b", list_id="no list\r\n")


@pytest.mark.parametrize(
    ("composers", "failure"),
    [
        ({"broken": _breaks}, "LookupError"),
        ({}, "KeyError"),
        ({"broken": _asks_nonsense}, "Error"),
        ({"broken": _names_no_list}, "ValueError"),
    ],
)
def test_a_mail_that_cannot_be_composed_blocks_no_other(
    engine: Engine, composers: dict[str, Composer], failure: str
) -> None:
    """R7-14."""
    fill(engine, 1, kind="broken", occasion="broken")
    fill(engine, 60)
    with scripted(Script()) as port:
        assert deliver(post_to(port, engine, composers={"update": compose} | composers)) == 60
    with Session(engine) as session:
        broken = session.scalars(select(Mail).where(Mail.kind == "broken")).one()
    assert (broken.state, broken.tries, broken.next_try_at) == ("waiting", 1, NOW + timedelta(minutes=5))
    assert failure in (broken.failure or "")


def test_one_text_for_many_is_composed_once_a_batch(engine: Engine) -> None:
    """R7-13."""
    fill(engine, 120)
    composed: list[str] = []

    def sparing(session: Session, mail: Mail, _now: datetime) -> Composed:
        def text_of_article() -> Composed:
            composed.append(str(mail.about))
            return Composed("s", "b")

        return once_a_batch(session, (mail.kind, mail.about), text_of_article)

    with scripted(Script()) as port:
        deliver(post_to(port, engine, composers={"update": sparing}))
    assert len(composed) == 3


def test_of_many_judged_together_the_one_that_cannot_be_composed_blocks_no_other(engine: Engine) -> None:
    """R7-14."""
    fill(engine, 60)

    def judge(session: Session, mails: Sequence[Recipient], now: datetime) -> list[Outcome]:
        if any(mail.address.startswith("p7@") for mail in mails):
            raise LookupError("its article is gone")
        return [compose(session, mail, now) for mail in mails]

    script = Script()
    with scripted(script) as port:
        assert deliver(post_to(port, engine, composers={"update": ForMany(judge)})) == 59
    assert len(script.taken) == 59
    with Session(engine) as session:
        left = session.scalars(select(Mail).where(Mail.state == "waiting")).one()
    assert (left.address, left.tries, left.failure) == ("p7@higashi.example", 1, "LookupError: its article is gone")


def test_of_many_judged_together_each_gets_its_own_outcome(engine: Engine) -> None:
    """F9, R7-10."""
    fill(engine, 3)
    outcomes = (Skipped("削除されました"), Held("証明書がありません"), Composed("s", "b"))
    script = Script()
    with scripted(script) as port:
        assert deliver(post_to(port, engine, composers={"update": ForMany(lambda *_: outcomes)})) == 1
    assert recipients(script) == ["p2@higashi.example"]
    with Session(engine) as session:
        rows = session.execute(select(Mail.state, Mail.failure, Mail.hold_reason).order_by(Mail.id)).all()
    assert [tuple(row) for row in rows] == [
        ("skipped", "削除されました", None),
        ("held", None, "証明書がありません"),
        ("sent", None, None),
    ]


def test_at_a_server_that_takes_its_time_few_mails_are_in_hand(engine: Engine) -> None:
    """F2: what a killed worker leaves in doubt is what it was about to send, not all that it might have."""
    fill(engine, 60)
    script = Script().at("BODY", WHEN_OPEN + "250 taken")
    with scripted(script) as port:
        worker = threading.Thread(target=deliver, args=(post_to(port, engine, connections=1, in_hand=50),))
        worker.start()
        while not script.taken:
            time.sleep(0.001)
        with Session(engine) as session:
            in_doubt = session.scalars(select(Mail.id).where(Mail.is_uncertain)).all()
        script.gate.set()
        worker.join()
    assert 1 <= len(in_doubt) <= FEW
    assert counts(engine) == {"sent": 60}


def test_when_told_to_stop_the_worker_finishes_what_it_is_handing_over_and_gives_back_the_rest(engine: Engine) -> None:
    """F2, I10."""
    fill(engine, 200)
    stop = threading.Event()
    script = Script()
    with scripted(script) as port:
        post = post_to(port, engine)
        worker = threading.Thread(target=deliver_due, args=(post, stop))
        worker.start()
        while not script.taken:
            time.sleep(0.001)
        stop.set()
        worker.join()
    found = counts(engine)
    assert found["sent"] == len(script.taken) < 200
    assert found["waiting"] == 200 - len(script.taken)
    with Session(engine) as session:
        waiting = select(Mail.tries, Mail.is_uncertain).where(Mail.state == "waiting")
        assert set(session.execute(waiting).all()) == {(0, False)}


def test_with_a_key_every_mail_is_signed(engine: Engine) -> None:
    """R7-16."""
    private = rsa.generate_private_key(65537, 2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    fill(engine)
    script = Script()
    with scripted(script) as port:
        deliver(post_to(port, engine, key=SigningKey("minami.example", "portal", pem.decode())))
    asked: list[bytes] = []

    def dns(name: bytes, **_more: object) -> bytes:
        asked.append(name)
        return b"v=DKIM1; k=rsa; p=" + b64encode(public)

    content = script.taken[0].content
    assert dkim.verify(content, dnsfunc=dns)
    assert asked == [b"portal._domainkey.minami.example."]
    assert not dkim.verify(content.replace(b"To: p0@", b"To: p1@"), dnsfunc=dns)
