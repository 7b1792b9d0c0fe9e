"""`flask --app app users …`: for the administrator whom nobody inside can let in again (R6-1, R6-3)."""

import sys

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from auth.credential_pairs import start_credentials
from auth.credential_queries import locked_account
from auth.locks import unlock_user
from auth.models import User
from auth.user_queries import user_with_id
from base import clock
from base.actors import COMMAND
from base.db import transaction
from base.refusals import Refused


def _account(session: Session, login_id: str) -> User:
    known = user_with_id(session, login_id)
    account = locked_account(session, known.public_id) if known else None
    if account is None:
        raise Refused(f"{login_id}: このIDの利用者はいません。")
    return account


def user_commands() -> click.Group:
    """What they do is recorded as done at the command line."""
    users = click.Group("users", help="Unlock an account, or send its credential mails, from the machine itself.")
    users.add_command(unlock)
    users.add_command(invite)
    return users


@click.command(help="Unlock an account.")
@click.argument("login_id")
@click.option("--reason", required=True)
@click.option("--identified-by", required=True, help="How it was made sure that it is the person.")
@with_appcontext
def unlock(login_id: str, reason: str, identified_by: str) -> None:
    try:
        with transaction() as session:
            unlock_user(session, _account(session, login_id), reason, identified_by, by=COMMAND, now=clock.now())
    except Refused as refusal:
        sys.exit(refusal.reason)
    click.echo(f"{login_id}: unlocked")


@click.command(help="Send the two mails for registering credentials (R6-1).")
@click.argument("login_id")
@with_appcontext
def invite(login_id: str) -> None:
    try:
        with transaction() as session:
            pair = start_credentials(session, _account(session, login_id), by=COMMAND, now=clock.now())
            held = pair.hold_reason
    except Refused as refusal:
        sys.exit(refusal.reason)
    click.echo(f"{login_id}: {held or 'two mails are on their way'}")
