"""Home, list and article at 10 000 articles: in-process CPU against a bare Flask page of the same size, for four kinds of viewers.

usage: python -m bench.pages [ARTICLES]
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from flask import Flask, g

from auth.certificate_rules import Reason
from bench.bare import bare_app
from bench.calls import call, check_refusals, checked, environ_of
from bench.installation import install, unread_logs
from bench.rounds import cpu_milliseconds, interleaved, per
from bench.stage import Seat, set_stage

ARTICLES = 10_000
ROUNDS = 15
REQUESTS = 120


def screens(seat: Seat) -> Iterator[tuple[str, str]]:
    if seat.has_home:
        yield "home", "/"
    yield "list", seat.list_path
    if seat.article_path:
        yield "article", seat.article_path


def asking(app: Flask, path: str, seat: Seat | None) -> Callable[[], float]:
    return partial(cpu_milliseconds, partial(call, app, environ_of(path, seat)), REQUESTS)


def compare(app: Flask, name: str, path: str, seat: Seat) -> None:
    size = checked(app, path, seat, 200, seat.article or "")
    bare = bare_app([size])
    if checked(bare, f"/{size}", None, 200) != size:
        raise SystemExit("the bare page has another size")
    found = interleaved({"ours": asking(app, path, seat), "bare": asking(bare, f"/{size}", None)}, ROUNDS)
    ratio = per(found["bare"], found["ours"])
    print(
        f"{name + ', ' + seat.name:20} {size:6d} B  {found['ours']:.3f} ms  bare {found['bare']:.3f} ms  {ratio:.3f} x"
    )


def tell_the_gates_cost(app: Flask) -> None:
    """The question where a request comes from, of an address that was judged before."""
    ask = app.extensions["gate"].origins.refusal
    with app.test_request_context("/"):
        g.remote_address = "192.0.2.7"
        found = interleaved(
            {"gate": partial(cpu_milliseconds, partial(ask, "192.0.2.7", Reason.MISSING, None), REQUESTS)}, ROUNDS
        )
    print(f"where from, known address  {found['gate']:.4f} ms a request")


def main(articles: int = ARTICLES) -> None:
    print(f"\nin process, {articles} articles: CPU a request, {ROUNDS} rounds of {REQUESTS} requests, median (range)")
    with tempfile.TemporaryDirectory() as place, unread_logs():
        stage = set_stage(install(Path(place)), articles)
        check_refusals(stage.app, stage.seats)
        tell_the_gates_cost(stage.app)
        for seat in stage.seats:
            for name, path in screens(seat):
                compare(stage.app, name, path, seat)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
