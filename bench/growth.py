"""Lists from 1 000 to 100 000 articles, for four kinds of viewers: as they were kept, and drawn anew after a publication.

usage: python -m bench.growth [ARTICLES …]
"""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flask import Flask
from sqlalchemy import event, select

from base.db import db, transaction
from bench.calls import call, check_refusals, checked, environ_of
from bench.installation import install, unread_logs
from bench.rounds import Figures, cpu_milliseconds, interleaved, per
from bench.stage import KINDS, Stage, set_stage
from content.models import Page
from content.page_versions import raise_versions

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 9
KEPT = 50
DRAWN = 10


@dataclass(slots=True)
class Steps:
    """Instructions of SQLite's virtual machine: what a query costs, whatever else the machine does."""

    counted: int = 0

    def count(self) -> None:
        self.counted += 1

    def watch(self, connection: sqlite3.Connection, *_: object) -> None:
        connection.set_progress_handler(self.count, 1)

    @staticmethod
    def leave(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_progress_handler(None, 0)


@contextmanager
def counted_steps(app: Flask) -> Iterator[Steps]:
    steps = Steps()
    with app.app_context():
        engine = db.engine
    event.listen(engine, "checkout", steps.watch)
    event.listen(engine, "checkin", steps.leave)
    try:
        yield steps
    finally:
        event.remove(engine, "checkout", steps.watch)
        event.remove(engine, "checkin", steps.leave)


def publish_everywhere(app: Flask) -> None:
    """What a publication does to everything that is kept, on all pages at once."""
    with app.app_context(), transaction() as session:
        raise_versions(session, session.scalars(select(Page.id)))


def drawn_anew(app: Flask, ask: Callable[[], object]) -> float:
    """CPU milliseconds of a list of which nothing is kept."""
    spent = 0.0
    for _ in range(DRAWN):
        publish_everywhere(app)
        began = time.process_time()
        ask()
        spent += time.process_time() - began
    return spent / DRAWN * 1000


def steps_of(app: Flask, ask: Callable[[], object]) -> int:
    publish_everywhere(app)
    with counted_steps(app) as steps:
        ask()
    return steps.counted


def asked(stage: Stage, name: str) -> Callable[[], object]:
    seat = stage.seat(name)
    checked(stage.app, seat.list_path, seat, 200, seat.article or "")
    return partial(call, stage.app, environ_of(seat.list_path, seat))


def print_growth(what: str, found: dict[str, Figures]) -> None:
    first = next(iter(found.values()))
    shown = "   ".join(f"{figures.median:.3f} ms {per(figures, first).median:.2f} x" for figures in found.values())
    print(f"  {what:12} {shown}")


def compare(stages: dict[str, Stage], name: str) -> None:
    asking = {size: asked(stage, name) for size, stage in stages.items()}
    kept = interleaved({size: partial(cpu_milliseconds, ask, KEPT) for size, ask in asking.items()}, ROUNDS)
    drawn = interleaved({size: partial(drawn_anew, stages[size].app, ask) for size, ask in asking.items()}, ROUNDS)
    steps = [steps_of(stages[size].app, ask) for size, ask in asking.items()]
    print(f"list, {name}")
    print_growth("kept", kept)
    print_growth("drawn anew", drawn)
    print("  SQL steps    " + "   ".join(f"{count:8d} {count / steps[0]:.2f} x" for count in steps))


def main(*sizes: int) -> None:
    sizes = sizes or SIZES
    print(
        f"\ngrowth: {', '.join(map(str, sizes))} articles; CPU a request, median of {ROUNDS} rounds, against the fewest"
    )
    with tempfile.TemporaryDirectory() as place, unread_logs():
        stages = {str(size): set_stage(install(Path(place) / str(size)), size) for size in sizes}
        for stage in stages.values():
            check_refusals(stage.app, stage.seats)
        for kind in KINDS:
            compare(stages, kind.name)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
