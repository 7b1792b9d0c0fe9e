"""A query of a megabyte, a hundred thousand filters: refused before anybody reads them (E17)."""

import time
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from flask import Flask

from tests.browsing import logged_in
from tests.cast import Cast

SECONDS = 0.3
MARKS = "a" + "\u0300\u0316" * 2_000


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("q=" + "a" * 1_000_000, 400),
        ("&".join(f"tag={number}" for number in range(100_000)), 400),
        ("q=" + "a" * 8_000, 200),
        ("q=" + "%20".join("a" * 900), 200),
        ("q=x&" + "&".join(f"f{number}" for number in range(1_000)), 200),
        (f"q={MARKS[:60]}&tag={MARKS[:60]}", 200),
        ("q=x&from=0000-00-00&until=9999-99-99&older=%27&page=%27--&kind=" + "%F0%9F%92%A3" * 50, 200),
    ],
)
def test_a_query_is_short_or_refused(app: Flask, cast: Cast, query: str, status: int) -> None:
    """E17, C12: and quickly either way, whatever it takes to send it."""
    reader, inner, spent = logged_in(app, cast.higashi_reader), app.wsgi_app, []

    def timed(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        begun = time.thread_time()
        answer = inner(environ, start)
        spent.append(time.thread_time() - begun)
        return answer

    app.wsgi_app = timed  # type: ignore[method-assign,assignment] # Flask's own way to wrap
    for path in ("/search", "/search/suggest"):
        assert reader.get(f"{path}?{query}").status_code == status
    assert len(spent) == 2
    assert max(spent) < SECONDS
