"""A postman of its own process, for tests that kill it: DATABASE_URL PORT NAME CONNECTIONS."""

import sys
import threading
from datetime import UTC, datetime

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from base.db import engine_options
from base.mail_claims import take_back
from base.mail_line import MailServer
from base.mail_text import Composed, Letterhead
from base.outbox import Mail
from base.postman import Post, deliver_due


def compose(_session: Session, mail: Mail, _now: datetime) -> Composed:
    return Composed("掲載情報更新のお知らせ", f"{mail.about}")


def clock() -> datetime:
    return datetime.now(UTC)


def main() -> None:
    url, port, name, connections = sys.argv[1:]
    engine = create_engine(url, **engine_options(url))
    take_back(engine, clock(), f"{name}/")
    post = Post(
        engine=engine,
        server=MailServer("127.0.0.1", int(port), security="none"),
        head=Letterhead("みなみ", "info@minami.example", "portal.minami.example"),
        composers={"update": compose},
        claimant=f"{name}/1",
        clock=clock,
        connections=int(connections),
    )
    deliver_due(post, threading.Event())


if __name__ == "__main__":
    main()
