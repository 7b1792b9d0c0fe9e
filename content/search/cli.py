"""`flask --app app search rebuild`: the index made anew from the articles and the texts of their files (R7-5)."""

import click
from flask.cli import with_appcontext

from base.db import db, transaction
from content.search.upkeep import clear, count_to_index, index_some, settle


@click.command("rebuild")
@with_appcontext
def rebuild_command() -> None:
    """Make the index anew, the newest articles first; what is missing meanwhile isn't found.

    Interrupted, it is finished by the worker.
    """
    total, done = count_to_index(db.session()), 0
    with transaction() as session:
        clear(session)
    while True:
        with transaction() as session:
            found = index_some(session)
        if not found:
            break
        done += found
        click.echo(f"{done} of {total} articles")
    with transaction() as session:
        settle(session)
    click.echo(f"indexed {done}")


def search_commands() -> click.Group:
    group = click.Group("search", help="The index of the search.")
    group.add_command(rebuild_command)
    return group
