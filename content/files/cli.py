"""`flask --app app files`: are they all there and as they were saved (I13), and away with what no row holds."""

import json
import sys
from collections.abc import Callable
from datetime import datetime

import click
import structlog
from flask.cli import with_appcontext

from base import clock
from base.daily_runs import REFUSED, Turn, keep
from base.db import db, transaction
from content.files.alarms import queue_file_alarm
from content.files.checks import Damage, Held, compare, damage_of, held_files, sweep
from content.files.storage import FileStore
from content.files.stores import file_store
from content.files.text_cli import read_texts_command

JOB = "sweep-files"

log = structlog.get_logger()


def run_sweep(turn: Turn, store: FileStore, desk_address: str, now: Callable[[], datetime]) -> str:
    """The night's run; it refuses where it would take away more than a few."""
    found = compare(db.session(), store, now())
    for held in found.missing:
        log.error("file_damaged", damage=Damage.MISSING, file=held.public_id, article=held.article, key=held.key)
    with transaction() as session:
        keep(session, turn, now())
        queue_file_alarm(session, found.missing, desk_address, turn.on, now=now())
    if found.are_too_many:
        log.error("files_not_swept", without_row=len(found.orphans), files=found.total)
        return f"{REFUSED}: {len(found.orphans)} of {found.total} files have no row"
    unfinished = sweep(store, found, now())
    return f"files={found.total} swept={len(found.orphans)} unfinished={unfinished} missing={len(found.missing)}"


def _told(damaged: list[tuple[Damage, Held]], checked: int) -> str:
    lines = [
        f"{damage}: {held.name} ({held.public_id}, article {held.article}, {held.key})" for damage, held in damaged
    ]
    return "\n".join([*lines, f"{checked} checked, {len(damaged)} damaged"])


def _as_json(damaged: list[tuple[Damage, Held]], checked: int) -> str:
    def facts(held: Held) -> dict[str, str]:
        return {"id": held.public_id, "name": held.name, "article": held.article, "key": held.key}

    found = {each.value: [facts(held) for damage, held in damaged if damage is each] for each in Damage}
    return json.dumps({"checked": checked, **found}, ensure_ascii=False, indent=2)


@click.command("check")
@click.option("--json", "is_json", is_flag=True, help="As one JSON object.")
@with_appcontext
def check_command(is_json: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """Read every attachment and compare its SHA-256; exit status 1 where one is missing or changed."""
    store, damaged, all_held = file_store(), [], held_files(db.session())
    # Reading them all takes long: no snapshot of the database is kept for it.
    db.session.remove()
    for held in all_held:
        damage = damage_of(store, held)
        if damage:
            damaged.append((damage, held))
            log.error("file_damaged", damage=damage, file=held.public_id, article=held.article, key=held.key)
    click.echo((_as_json if is_json else _told)(damaged, len(all_held)))
    if damaged:
        sys.exit(1)


@click.command("sweep")
@click.option("--dry-run", "is_dry", is_flag=True, help="Only tell what would go.")
@click.option(
    "--force", "is_forced", is_flag=True, help="Although it is much: the database is not older than its files."
)
@with_appcontext
def sweep_command(is_dry: bool, is_forced: bool) -> None:  # noqa: FBT001 - flags of the command line
    """Take away files older than a day that no attachment holds. Exit status 1 where it refuses."""
    store, now = file_store(), clock.now()
    found = compare(db.session(), store, now)
    if is_dry:
        click.echo("\n".join([*found.orphans, f"{len(found.orphans)} of {found.total} files have no row"]))
        return
    if found.are_too_many and not is_forced:
        raise click.ClickException(f"{REFUSED}: {len(found.orphans)} of {found.total} files have no row")
    unfinished = sweep(store, found, now)
    click.echo(f"{len(found.orphans)} of {found.total} files swept, {unfinished} unfinished")


def file_commands() -> click.Group:
    group = click.Group("files", help="The attachments in their store.")
    group.add_command(check_command)
    group.add_command(sweep_command)
    group.add_command(read_texts_command)
    return group
