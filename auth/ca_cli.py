"""`flask --app app cas …`: the issuing CAs, for where no administrator can log in yet or any more."""

from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from auth.ca_queries import ca_by, cas_to_trust, cas_with_lists, counts_of, known_cas, locked_ca
from auth.ca_registry import add_ca, end_ca
from auth.ca_rules import ders_of_bundle
from auth.certificate_facts import Unreadable
from auth.list_refresh import ListDesk, bring, refresh_all
from auth.list_states import NEEDS_SOMEBODY, list_state
from auth.list_taking import Brought, drop_list_source, set_list_source
from auth.models import IssuingCa
from base import clock
from base.actors import COMMAND
from base.db import db, transaction
from base.refusals import Refused
from base.terminal import printable


def cas_commands(desk: ListDesk) -> click.Group:
    """The lists' sources can be set here too: a list that is out of date shuts out the administrators as well."""
    group = click.Group(
        "cas", help="The CAs whose client certificates may be registered (R4-2), and their revocation lists."
    )
    for command in (add, show, end, export, _source_command(desk), _refresh_command(desk)):
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
        click.echo(f"              {list_line(row, clock.now())}")


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


def _source_command(desk: ListDesk) -> click.Command:
    @click.command("source")
    @click.argument("public_id")
    @click.argument("source", required=False)
    @with_appcontext
    def source_of(public_id: str, source: str | None) -> None:
        """Set where a CA's revocation list comes from, a file or an address; without SOURCE it isn't asked for any more."""
        known = ca_by(db.session(), public_id)
        brought = bring(known, source, desk) if known and source else Brought()
        try:
            with transaction() as session:
                row, now = found(session, public_id), clock.now()
                if source:
                    set_list_source(session, row, source, brought, by=COMMAND, now=now)
                else:
                    drop_list_source(session, row, by=COMMAND, now=now)
        except Refused as fault:
            raise click.ClickException(fault.reason) from fault
        click.echo(list_line(row, clock.now()))

    return source_of


def _refresh_command(desk: ListDesk) -> click.Command:
    @click.command("refresh")
    @with_appcontext
    @click.pass_context
    def refresh_now(context: click.Context) -> None:
        """Ask for every revocation list now; exit status 1 where one couldn't be had or is out of date."""
        refresh_all(desk, by=COMMAND)
        asked = cas_with_lists(db.session())
        for row in asked:
            click.echo(f"{row.public_id}  {list_line(row, clock.now())}")
        context.exit(1 if any(list_state(row, clock.now()) in NEEDS_SOMEBODY for row in asked) else 0)

    return refresh_now


def list_line(row: IssuingCa, now: datetime) -> str:
    until = f"until {row.list_until:%Y-%m-%d %H:%M} UTC" if row.list_until else "never read"
    parts = (f"list {list_state(row, now)}", until, row.list_failure or "")
    return "  ".join(part for part in parts if part)


def found(session: Session, public_id: str) -> IssuingCa:
    row = locked_ca(session, public_id)
    if row is None:
        raise click.ClickException(f"no CA {public_id}: see flask --app app cas list")
    return row
