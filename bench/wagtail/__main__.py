"""Against Wagtail 8 with view restrictions: the same articles, the same server behind the same front; server CPU a request.

Wagtail lives in an environment of its own, `.cache/wagtail`, made at the first run from `requirements.txt` beside this file.

usage: python -m bench.wagtail [ARTICLES]
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.calls import check_refusals
from bench.front import OURS, Serving, Side, Visitor, load, speed_of, spent, standing, visitor
from bench.installation import CHECKOUT, Installation, install, unread_logs
from bench.programs import Missing, found, free_port
from bench.rounds import interleaved, per
from bench.stage import KINDS, PAGES_WITH_ARTICLES, set_stage

REQUIREMENTS = Path(__file__).resolve().parent / "requirements.txt"
PLACE = CHECKOUT / ".cache" / "wagtail"
ARTICLES = 10_000
ROUNDS = 3
# Theirs take long, and of ours it takes many until the kernel's hundredths of a second are fine enough.
OF_THEIRS = 300
OF_OURS = 1500
SETTINGS = "bench.wagtail.cms.settings"


@dataclass(frozen=True, slots=True)
class Way:
    """One side's way to a page."""

    side: Side
    path: str
    by: Visitor
    requests: int

    def load(self) -> None:
        load(self.side.base_url + self.path, self.by, self.requests)

    def spent(self) -> float:
        return spent(self.side, self.path, self.by, self.requests)


def environment_of_its_own() -> Path:
    """The folder of its programs; `Missing` where it can't be had."""
    mark, wanted = PLACE / "made-of", hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not mark.exists() or mark.read_text(encoding="ascii") != wanted:
        print("installing Wagtail into .cache/wagtail (once)")
        pip = [str(PLACE / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        for command in (
            [sys.executable, "-m", "venv", "--clear", str(PLACE)],
            [*pip, "--require-hashes", "-r", str(REQUIREMENTS)],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise Missing(f"Wagtail can't be installed: {done.stderr.strip().splitlines()[-1:]}")
        mark.write_text(wanted, encoding="ascii")
    return PLACE / "bin"


def _environment(installation: Installation) -> dict[str, str]:
    return {"BENCH_CMS": str(installation.root), "DJANGO_SETTINGS_MODULE": SETTINGS}


def filled(programs: Path, installation: Installation) -> dict[str, Any]:
    """What its own command says after it has taken over our articles."""
    environment = {**os.environ, **_environment(installation)}
    django = [str(programs / "python"), "-m", "django"]
    opened = [slug for slug in PAGES_WITH_ARTICLES if slug.upper() in KINDS[0].systems]
    for command in (
        [*django, "migrate", "--run-syncdb", "--verbosity", "0"],
        [*django, "fill", str(installation.root / "portal.db"), "--open", *opened],
    ):
        done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def check(side: Side, told: Mapping[str, Any], by: Visitor) -> None:
    """Nobody is measured who sees what isn't meant for him, or who sees a way to the login instead of the page."""
    for path in (told["list"], told["article"]):
        if told["title"].encode() not in by.body(side.base_url + path):
            raise SystemExit(f"Wagtail's {path} doesn't hold the newest article")
    for path in told["closed"]:
        if told["hidden"].encode() in by.body(side.base_url + path):
            raise SystemExit(f"Wagtail shows {path}")


def compare(name: str, ours: Way, theirs: Way) -> None:
    for way in (ours, theirs):
        way.load()
        way.side.forget()
    cpu = interleaved({"ours": ours.spent, "theirs": theirs.spent}, ROUNDS)
    print(
        f"{name:8} CPU {cpu['ours']:.3f} ms  Wagtail {cpu['theirs']:.3f} ms  {per(cpu['theirs'], cpu['ours']):.1f} x"
        f"   for information: {speed_of(ours.side)}, Wagtail {speed_of(theirs.side)}"
    )


def main(articles: int = ARTICLES) -> None:
    found("ab", "apache2-utils")
    programs = environment_of_its_own()
    print(f"\nagainst Wagtail, {articles} articles, both on granian with one worker behind nginx:")
    print(
        f"{ROUNDS} rounds of {OF_OURS} requests of ours, {OF_THEIRS} of theirs, kept alive; server CPU a request, median (range)"
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as place, unread_logs(), ExitStack() as stack:
        port = free_port()
        installation = install(Path(place), port=port)
        stage = set_stage(installation, articles)
        check_refusals(stage.app, stage.seats)
        told = filled(programs, installation)
        seat = stage.seat("ordinary")
        our_visitor = visitor(installation, seat)
        their_visitor = replace(our_visitor, cookie=told["cookie"])
        ours = stack.enter_context(standing(installation, "ours", OURS, port, installation.environment))
        theirs = stack.enter_context(
            standing(
                installation,
                "theirs",
                Serving(programs, ("bench.wagtail.cms.wsgi:application",)),
                free_port(),
                _environment(installation),
            )
        )
        check(theirs, told, their_visitor)
        paths = {"list": seat.list_path, "article": seat.article_path or ""}
        for name, path in paths.items():
            compare(name, Way(ours, path, our_visitor, OF_OURS), Way(theirs, told[name], their_visitor, OF_THEIRS))
            print(
                f"{'':8} {our_visitor.size(ours.base_url + path)} B, "
                f"Wagtail {their_visitor.size(theirs.base_url + told[name])} B"
            )
        print(
            f"memory after the load: {ours.server.largest_megabytes:.0f} MB RSS, "
            f"Wagtail {theirs.server.largest_megabytes:.0f} MB"
        )


if __name__ == "__main__":
    try:
        main(*(int(argument) for argument in sys.argv[1:]))
    except Missing as fault:
        sys.exit(f"NOT MEASURED: {fault}")
