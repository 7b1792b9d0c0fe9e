"""What a reader's pages weigh through nginx, heads included: the first time with all that they name, and from then on.

usage: python -m bench.weight [ARTICLES]
"""

import re
import sys
import tempfile
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from bench.front import OURS, Visitor, standing, visitor
from bench.installation import install, unread_logs
from bench.programs import free_port
from bench.stage import set_stage

ARTICLES = 1_000
NAMED = re.compile(rb'(?:href|src)="(/static/[^"#]+)')
KEPT = "max-age=31536000, immutable"
FIRST, AFTERWARDS = 60_000, 15_000


def fetched(url: str, by: Visitor) -> tuple[int, bytes, str]:
    """Bytes of the answer as a browser is sent it, over HTTP/1.1; its body; how long it may be kept."""
    asked = urllib.request.Request(url, headers={"Cookie": by.cookie, "Accept-Encoding": "gzip"})
    with urllib.request.urlopen(asked, context=by.context) as answer:
        body: bytes = answer.read()
        return len(bytes(answer.headers)) + len(body), body, answer.headers["Cache-Control"]


def tell(name: str, url: str, base_url: str, by: Visitor) -> None:
    own, page, _kept = fetched(url, by)
    named = {address.decode(): fetched(base_url + address.decode(), by) for address in set(NAMED.findall(page))}
    first = own + sum(size for size, _body, _kept in named.values())
    again = own + sum(size for size, _body, kept in named.values() if KEPT not in kept)
    is_fit = first <= FIRST and again <= AFTERWARDS
    print(
        f"{name:8} first {first:6d} B in {1 + len(named)} answers, afterwards {again:6d} B{'' if is_fit else '  TOO HEAVY'}"
    )


def main(articles: int = ARTICLES) -> None:
    print(f"\nweight through nginx, heads included; goals {FIRST} B the first time, {AFTERWARDS} B afterwards")
    with tempfile.TemporaryDirectory(prefix="bench-") as place, unread_logs(), ExitStack() as stack:
        port = free_port()
        installation = install(Path(place), port=port)
        seat = set_stage(installation, articles).seat("ordinary")
        by = visitor(installation, seat)
        ours = stack.enter_context(standing(installation, "ours", OURS, port, installation.environment))
        for name, path in (("home", "/"), ("list", seat.list_path), ("article", seat.article_path or "")):
            tell(name, ours.base_url + path, ours.base_url, by)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
