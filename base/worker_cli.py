import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING

import click
from flask import Flask
from sqlalchemy import Engine

from base import clock
from base.db import db
from base.identifiers import public_id
from base.jobs import Bell
from base.late import Late
from base.mail_claims import Composer, take_back
from base.mail_line import MailServer
from base.mail_signature import SigningKey, signed
from base.mail_text import letterhead
from base.postman import Post, deliver_due
from base.refusals import Refused
from base.settings import Settings
from base.worker import Job, run_worker

if TYPE_CHECKING:
    import dkim
else:
    dkim = Late("dkim")

DELIVER_MAIL = "deliver mail"
MAIL_SECONDS = 10.0


def _server(settings: Settings) -> MailServer:
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=settings.secrets.smtp_password or "",
        ca_file=settings.smtp_ca_file,
        own_name=settings.host.partition(":")[0],
    )


def _signing_key(settings: Settings) -> SigningKey | None:
    """Tried at once, so that a wrong key ends the start and not every mail; `dkim.DKIMException`."""
    if not (settings.dkim_domain and settings.secrets.dkim_key):
        return None
    key = SigningKey(settings.dkim_domain, settings.dkim_selector, settings.secrets.dkim_key)
    signed(b"From: nobody@example.invalid\r\n\r\n", key)
    return key


def make_post(
    settings: Settings,
    composers: Mapping[str, Composer],
    engine: Engine,
    *,
    worker: str,
    context: Callable[[], AbstractContextManager[object]],
) -> Post:
    """`Refused` or `dkim.DKIMException` where the settings can't send a mail."""
    return Post(
        engine=engine,
        server=_server(settings),
        head=letterhead(settings.mail_from, settings.host),
        composers=composers,
        claimant=f"{worker}/{public_id()}",
        clock=clock.now,
        connections=settings.mail_connections,
        in_hand=settings.mail_in_hand,
        key=_signing_key(settings),
        context=context,
    )


def worker_command(
    app: Flask, settings: Settings, bell: Bell, composers: Mapping[str, Composer], periodic: Sequence[Job]
) -> click.Command:
    """`flask --app app worker`: delivers mail and runs the periodic jobs, each when its bell rings and by its own clock."""

    @click.command("worker")
    @click.option(
        "--name", default=socket.gethostname, help="Of this worker, the same at every start; no other has it."
    )
    def worker(name: str) -> None:
        """Deliver mail and do what is due, until SIGTERM."""
        with app.app_context():
            engine = db.engine
        try:
            post = make_post(settings, composers, engine, worker=name, context=app.app_context)
        except (Refused, dkim.DKIMException) as fault:
            raise click.ClickException(str(fault)) from fault
        take_back(engine, clock.now(), f"{name}/")

        def jobs(stop: threading.Event) -> list[Job]:
            return [Job(DELIVER_MAIL, MAIL_SECONDS, partial(deliver_due, post, stop)), *periodic]

        run_worker(bell, jobs, app.app_context)

    return worker
