"""A postman for tests, an outbox with mails in it, and what one asks of both."""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from base.db import transaction
from base.mail_claims import Recipient
from base.mail_line import MailServer
from base.mail_text import Composed, Letterhead
from base.outbox import Mail, Queued, counts_by_state, queue_mails
from base.postman import Post, deliver_due
from tests.smtp_script import Script

NOW = datetime(2026, 11, 22, 13, 30, tzinfo=UTC)
HEAD = Letterhead("みなみ都市ガスネットワーク", "info@minami.example", "portal.minami.example")
OCCASION = "article:a1:1"


def compose(_session: Session, mail: Recipient, now: datetime) -> Composed:
    return Composed("掲載情報更新のお知らせ", f"{mail.about} {now.isoformat()}")


def post_to(port: int, engine: Engine, **changes: Any) -> Post:
    given: dict[str, Any] = {
        "server": MailServer("127.0.0.1", port, security="none", command_timeout=5.0, final_timeout=0.5),
        "head": HEAD,
        "composers": {"update": compose},
        "claimant": "worker-1/a",
        "clock": lambda: NOW,
        "connections": 2,
    }
    return Post(engine=engine, **(given | changes))


def fill(engine: Engine, count: int = 1, kind: str = "update", occasion: str = OCCASION) -> list[str]:
    addresses = [f"p{number}@higashi.example" for number in range(count)]
    with transaction(Session(engine)) as session:
        queue_mails(
            session, [Queued(kind, occasion, address, about="a1", organization_id=1) for address in addresses], now=NOW
        )
    return addresses


def deliver(post: Post) -> int:
    return deliver_due(post, threading.Event())


def the_mail(engine: Engine) -> Mail:
    with Session(engine) as session:
        return session.scalars(select(Mail)).one()


def counts(engine: Engine) -> Mapping[str, int]:
    with Session(engine) as session:
        return {state: count for state, count in counts_by_state(session, OCCASION).items() if count}


def recipients(script: Script) -> list[str]:
    return sorted(address for taken in script.taken for address in taken.recipients)
