import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from base.audit import seal, verify
from base.db import db, transaction
from base.secret_file import write_secrets


def secrets_commands() -> click.Group:
    group = click.Group("secrets", help="The file of secrets.")

    @group.command("new")
    @click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
    def new(path: Path) -> None:
        """Write a new file of secrets, readable by its owner alone."""
        try:
            write_secrets(path)
        except FileExistsError as fault:
            raise click.ClickException(f"{path} exists already; it is left as it is") from fault
        click.echo(f"wrote {path}")

    return group


def audit_commands() -> click.Group:
    group = click.Group("audit", help="The audit trail (R8-1, R9-17).")

    @group.command("seal")
    @with_appcontext
    def seal_now() -> None:
        """Chain what isn't chained yet."""
        sealed = 0
        while True:
            with transaction() as session:
                step = seal(session)
            sealed += step
            if step == 0:
                break
        click.echo(f"sealed {sealed}")

    @group.command("verify")
    @click.option("--known", help="A head noted earlier; without it a chain that lost its end looks whole.")
    @with_appcontext
    def verify_now(known: str | None) -> None:
        """Recompute the whole chain; exit status 1 where it is broken."""
        found = verify(db.session(), known)
        click.echo(f"{found.sealed} sealed, {found.unsealed} not sealed yet")
        click.echo(f"head {found.head}")
        if found.broken_at is not None:
            click.echo(f"broken at seal {found.broken_at}")
        if not found.has_known:
            click.echo("the known head is not in the chain")
        if found.broken_at is not None or not found.has_known:
            sys.exit(1)
        click.echo("whole")

    return group
