"""One publication to 10 000 recipients, outbox included, against Postfix's smtp-source with as many connections into the same sink.

usage: python -m bench.mail [RECIPIENTS]
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from socket import AF_INET

from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from auth.models import Organization, OrganizationSystem, User
from base.actors import Actor
from base.db import db, transaction
from base.identifiers import public_id
from base.mail_text import Composed, build_message
from base.outbox import Mail, counts_by_state
from base.postman import Post, deliver_due
from base.worker_cli import make_post
from bench.installation import Installation, install, unread_logs
from bench.programs import UNPACKED, found, free_port, is_listening, program
from bench.rounds import Figures, interleaved, per
from bench.stage import SOURCE, set_stage
from content.article_text import article_text
from content.mailing.publications import occasion_of
from content.mailing.update_mails import update_mail_composer
from content.models import ArticleKind, ContactAddress, Page, Publication
from content.writing.articles import draft_article, publish

RECIPIENTS = 10_000
ORGANIZATIONS = 200
ROUNDS = 5
WARM_UP_SECONDS = 8
LIBRARIES = {"LD_LIBRARY_PATH": str(UNPACKED / "usr" / "lib" / "postfix")}
PACKAGE = "postfix"


@dataclass(frozen=True, slots=True)
class Sender:
    """Us: an editor who publishes, and the worker's postman."""

    app: Flask
    editor: Actor
    post: Post
    recipients: int
    queueing: list[float] = field(default_factory=list)
    delivering: list[float] = field(default_factory=list)

    def send(self) -> float:
        """Seconds from the editor's button to the last mail's mark; `SystemExit` where one didn't go."""
        with self.app.app_context():
            began = time.monotonic()
            occasion = self.publish()
            queued = time.monotonic()
            deliver_due(self.post, threading.Event())
            ended = time.monotonic()
            sent = counts_by_state(db.session(), occasion)["sent"]
        if sent != self.recipients:
            raise SystemExit(f"{sent} of {self.recipients} mails went")
        self.queueing.append(queued - began)
        self.delivering.append(ended - queued)
        return ended - began

    def publish(self) -> str:
        """Answers the occasion of the mails, which wait then."""
        with transaction() as session:
            return occasion_of(_published(session, self.editor))

    def size(self) -> int:
        """Bytes of the first mail that was sent."""
        with self.app.app_context():
            mail, now = db.session.scalars(select(Mail).limit(1)).one(), datetime.now(UTC)
            composed = self.post.composers[mail.kind](db.session(), mail, now)
        if not isinstance(composed, Composed):
            raise SystemExit(f"not composed: {composed.reason}")
        own = build_message(
            public_id=mail.public_id, address=mail.address, composed=composed, head=self.post.head, now=now
        )
        return len(own)


def _published(session: Session, by: Actor) -> Publication:
    page = session.scalars(select(Page).where(Page.slug == "taxis")).one()
    kind = session.scalars(select(ArticleKind).where(ArticleKind.slug == "business")).one()
    now = datetime.now(UTC)
    text = article_text(page_id=page.id, kind_id=kind.id, title="画面停止と再配信のお知らせ", source=SOURCE)
    article = draft_article(session, text, by=by, now=now)
    return publish(session, article, revision=article.revision, suppress_reason=None, by=by, now=now)


def _subscribe(session: Session, editor: User, recipients: int) -> None:
    """Verified addresses, spread over organizations that use TAXIS."""
    now = datetime.now(UTC)
    organizations = [Organization(name=f"bench {number}", created_at=now) for number in range(ORGANIZATIONS)]
    for organization in organizations:
        organization.systems = [OrganizationSystem(system="TAXIS")]
    session.add_all(organizations)
    session.flush()
    rows = [
        {
            "public_id": public_id(),
            "organization_id": organizations[number % ORGANIZATIONS].id,
            "person_name": "計測 太郎",
            "address": f"contact{number:05d}@bench.example",
            "address_folded": f"contact{number:05d}@bench.example",
            "registered_at": now,
            "registered_by_id": editor.id,
            "verified_at": now,
        }
        for number in range(recipients)
    ]
    session.execute(insert(ContactAddress), rows)


def sender(installation: Installation, recipients: int) -> Sender:
    app, settings = set_stage(installation, 1).app, installation.settings
    with app.app_context():
        with transaction() as session:
            staff = session.scalars(select(User).where(User.staff_role.is_not(None))).one()
            _subscribe(session, staff, recipients)
            editor = Actor(staff.login_id, staff.id, staff.organization_id)
        composers = {"publication": update_mail_composer(settings.base_url, settings.operator)}
        post = make_post(settings, composers, db.engine, worker="bench", context=app.app_context)
    return Sender(app, editor, post, recipients)


def worker_megabytes(ours: Sender, installation: Installation) -> tuple[float, float]:
    """Of the installation's own worker, which sends as many mails: when it has started, and at its highest."""
    command, log = [sys.executable, "-m", "flask", "--app", "app", "worker"], installation.root / "worker.log"
    with program(command, log, installation.environment) as worker, ours.app.app_context():
        time.sleep(WARM_UP_SECONDS)
        before, occasion = worker.peak_megabytes, ours.publish()
        worker.await_(partial(_is_sent, occasion, ours.recipients))
        return before, worker.peak_megabytes


def _is_sent(occasion: str, recipients: int) -> bool:
    with Session(db.engine) as session:
        return counts_by_state(session, occasion)["sent"] == recipients


def sink_command(port: int) -> list[str]:
    """It takes every mail and keeps none; as root it wants to be somebody else."""
    whose = ["-u", "nobody"] if os.geteuid() == 0 else []
    return [found("smtp-sink", PACKAGE), *whose, f"127.0.0.1:{port}", "100"]


def send_theirs(port: int, recipients: int, connections: int, size: int) -> float:
    """Seconds that smtp-source needs for as many mails of that size over as many connections, kept open."""
    options = ["-d", "-s", str(connections), "-m", str(recipients), "-l", str(size)]
    command = [found("smtp-source", PACKAGE), *options, "-f", "info@bench.example", "-t", "contact@bench.example"]
    began = time.monotonic()
    subprocess.run([*command, f"127.0.0.1:{port}"], env={**os.environ, **LIBRARIES}, check=True, capture_output=True)
    return time.monotonic() - began


def main(recipients: int = RECIPIENTS) -> None:
    found("smtp-source", PACKAGE)
    print(
        f"\nmail: one publication to {recipients} recipients, outbox included (SQLite), against smtp-source -d, same sink:"
    )
    with tempfile.TemporaryDirectory() as place, unread_logs(), ExitStack() as stack:
        port = free_port()
        installation = install(Path(place), smtp_port=port)
        ours = sender(installation, recipients)
        sink = stack.enter_context(program(sink_command(port), Path(place) / "sink.log", LIBRARIES))
        sink.await_(partial(is_listening, AF_INET, ("127.0.0.1", port)))
        ours.send()
        ours.queueing.clear()
        ours.delivering.clear()
        theirs = partial(send_theirs, port, recipients, ours.post.connections, ours.size())
        seconds = interleaved({"ours": ours.send, "theirs": theirs}, ROUNDS)
        began, highest = worker_megabytes(ours, installation)
    queueing, delivering = Figures(tuple(ours.queueing)), Figures(tuple(ours.delivering))
    print(
        f"{ours.post.connections} connections, {ours.post.in_hand} mails in hand each; seconds, median (range) of {ROUNDS} rounds"
    )
    print(f"ours {seconds['ours']:.2f} s: queued in {queueing:.2f} s, delivered and marked in {delivering:.2f} s")
    print(f"smtp-source {seconds['theirs']:.2f} s")
    print(f"{per(seconds['theirs'], seconds['ours']):.3f} x; delivery alone {per(seconds['theirs'], delivering):.3f} x")
    print(f"memory of a worker that sends as many: {began:.0f} MB before, {highest:.0f} MB at its highest")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
