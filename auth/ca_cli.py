"""`flask --app app cas …`: the issuing CAs, for where no administrator can log in yet or any more."""

from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from auth.ca_queries import cas_to_trust, counts_of, known_cas, locked_ca
from auth.ca_registry import add_ca, end_ca
from auth.ca_rules import ders_of_bundle
from auth.certificate_facts import Unreadable
from auth.models import IssuingCa
from base import clock
from base.actors import COMMAND
from base.db import db, transaction
from base.refusals import Refused
from base.terminal import printable


def cas_commands() -> click.Group:
    group = click.Group("cas", help="The CAs whose client certificates may be registered (R4-2).")
    for command in (add, show, end, export):
        group.add_command(command)
    return group


@click.command("add")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def add(file: Path) -> None:
    """Take in every CA of a PEM or DER file, all or none."""
    try:
        with transaction() as session:
            rows = [
                add_ca(session, der, by=COMMAND, now=clock.now()) for der in ders_of_bundle(file.read_bytes()) or [b""]
            ]
    except (Refused, Unreadable) as fault:
        raise click.ClickException(fault.reason) from fault
    for row in rows:
        click.echo(f"{row.public_id}  {printable(row.subject)}")


@click.command("list")
@with_appcontext
def show() -> None:
    """One line for each CA."""
    session = db.session()
    counts = counts_of(session)
    for row in known_cas(session):
        state = "ended" if row.ended_at else "in use"
        count = counts[row.id].certificates
        until = f"until {row.not_after:%Y-%m-%d}"
        click.echo(f"{row.public_id}  {state}  {until}  {count} certificates  {printable(row.subject)}")


@click.command("end")
@click.argument("public_id")
@with_appcontext
def end(public_id: str) -> None:
    """Nothing of this CA is registered any more; what is registered stays good."""
    try:
        with transaction() as session:
            end_ca(session, found(session, public_id), by=COMMAND, now=clock.now())
    except Refused as fault:
        raise click.ClickException(fault.reason) from fault
    click.echo("ended")


@click.command("export")
@with_appcontext
def export() -> None:
    """The bundle for the TLS side: CAs in use, and ended ones whose certificates are still good."""
    click.echo(
        "".join(f"# {printable(row.subject)}\n{row.pem}" for row in cas_to_trust(db.session(), clock.now())), nl=False
    )


def found(session: Session, public_id: str) -> IssuingCa:
    row = locked_ca(session, public_id)
    if row is None:
        raise click.ClickException(f"no CA {public_id}: see flask --app app cas list")
    return row
