"""What Flask itself costs: routes that answer so many bytes."""

import os
from collections.abc import Callable, Iterable

from flask import Flask

SIZES = "BENCH_SIZES"
HEAD = "<!doctype html><title>bare</title>"
LETTER = "あ"


def page_of(size: int) -> str:
    """Japanese text of exactly `size` bytes."""
    letters, rest = divmod(size - len(HEAD), len(LETTER.encode()))
    return HEAD + LETTER * letters + " " * rest


def _view(page: str) -> Callable[[], tuple[str, dict[str, str]]]:
    def show() -> tuple[str, dict[str, str]]:
        return page, {"Cache-Control": "no-store"}

    return show


def bare_app(sizes: Iterable[int]) -> Flask:
    app = Flask("bare")
    for size in set(sizes):
        app.add_url_rule(f"/{size}", str(size), _view(page_of(size)))
    return app


def create_app() -> Flask:
    """For a server; the sizes stand in the environment."""
    return bare_app(int(size) for size in os.environ[SIZES].split(","))
