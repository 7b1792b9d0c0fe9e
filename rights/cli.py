"""`flask --app app rights …`: rights that people hold already, taken over from elsewhere (R5-3)."""

import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from base import clock
from base.actors import COMMAND
from base.db import transaction
from base.refusals import Refused
from rights.held_import import import_rights, judge_rights


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", "is_dry", is_flag=True, help="Only judge the file.")
@with_appcontext
def import_command(file: Path, is_dry: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """Take over rights from a CSV file of IDs and codes. One bad row, and nothing is taken over."""
    try:
        with transaction() as session:
            found = judge_rights(session, file.read_bytes(), clock.now())
            if not found.faults and not is_dry:
                import_rights(session, found.rights, by=COMMAND, now=clock.now())
    except Refused as refusal:
        raise click.ClickException(refusal.reason) from refusal
    for said, is_fault in ((found.mapped, False), (found.faults, True)):
        for each in said:
            click.echo(f"{each.row}行目: {each.reason}", err=is_fault)
    done = "would be taken over" if is_dry else "taken over"
    click.echo(f"{len(found.rights)} {done}, {found.unchanged} unchanged, {len(found.faults)} bad rows")
    if found.faults:
        sys.exit(1)


def rights_commands() -> click.Group:
    group = click.Group("rights", help="Rights of individuals (R5-2, R5-3).")
    group.add_command(import_command)
    return group
