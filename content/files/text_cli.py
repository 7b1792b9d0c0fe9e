"""`flask --app app files read-texts`: what the worker does by itself, at once and to its end (R7-5)."""

import click
from flask.cli import with_appcontext

from base import clock
from base.db import transaction
from content.files.reading import Limits
from content.files.stores import file_store
from content.files.text_job import FileReader
from content.files.texts import forget


@click.command("read-texts")
@click.option("--again", "is_again", is_flag=True, help="Also what could not be read before.")
@with_appcontext
def read_texts_command(is_again: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """Read the texts of attachments that nobody has read yet, for search."""
    if is_again:
        with transaction() as session:
            click.echo(f"{forget(session)} once more")
    reader, states = FileReader(file_store(), clock.now, Limits()), dict[str, int]()
    while found := reader.read_next():
        states[found.state] = states.get(found.state, 0) + 1
        click.echo(f"{sum(states.values()):6} {found.state:7} {len(found.text):9} {found.why_not or ''}")
    told = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
    click.echo(told or "nothing to read")
