"""`flask --app app files …`: the texts of attachments, for search (R7-5)."""

import click
from flask.cli import AppGroup
from sqlalchemy import func, select

from base.db import db, transaction
from content.file_text_job import FileReader
from content.file_texts import forget
from content.models import Attachment


def file_commands(reader: FileReader) -> AppGroup:
    group = AppGroup("files", help="Attachments.")

    @group.command("read-texts")
    @click.option("--again", is_flag=True, help="Also what could not be read before.")
    def read_texts(*, again: bool) -> None:
        """Read what no worker has read yet."""
        if again:
            with transaction() as session:
                click.echo(f"{forget(session)} once more")
        count = db.session().scalar(select(func.count(Attachment.id)).where(Attachment.removed_at.is_(None))) or 0
        states: dict[str, int] = {}
        while found := reader.read_next():
            states[found.state] = states.get(found.state, 0) + 1
            click.echo(f"\r{sum(states.values())} read, of {count} files in all", nl=False)
        click.echo("\n" + ", ".join(f"{state}: {number}" for state, number in sorted(states.items())) if states else "nothing to read")

    return group
