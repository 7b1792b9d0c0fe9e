"""The optional snippets: nginx itself turns away whoever is abroad, before the application hears of it (R2-8)."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from demo.front import NGINX_DIR, FrontSettings, start_nginx
from tests.nginx.certificates import Certificates
from tests.nginx.conftest import FRONT_SECRET, Edge
from tests.nginx.test_own_answers import assert_own_page
from tests.nginx.upstream import observing

OPTIONAL = NGINX_DIR / "snippets-optional"
TITLE = "<h1>この接続元からはご利用になれません</h1>"
Start = Callable[[str, str], Edge]


@pytest.fixture
def start_judging(
    tmp_path: Path, certificates: Certificates, settings: Callable[[Path], FrontSettings]
) -> Iterator[Start]:
    """An edge that knows these networks of Japan and this allow-list."""
    with ExitStack() as ends:

        def start(countries: str, allowed: str) -> Edge:
            prefix = tmp_path / "nginx"
            for folder, snippet in (
                ("portal-http.d", "portal-geo.conf"),
                ("portal-server.d", "portal-geo-server.conf"),
            ):
                (prefix / folder).mkdir(parents=True)
                shutil.copy(OPTIONAL / snippet, prefix / folder)
            (prefix / "portal-geo").mkdir()
            (prefix / "portal-geo" / "portal-countries.conf").write_text(countries, encoding="ascii")
            (prefix / "portal-geo" / "portal-allowed.conf").write_text(allowed, encoding="ascii")
            chosen = settings(tmp_path)
            (chosen.static_dir / "core.css").write_text("body {}", encoding="ascii")
            observer = ends.enter_context(observing(chosen.app_socket))
            front = ends.enter_context(start_nginx(prefix, chosen, FRONT_SECRET))
            return Edge(front, observer, certificates)

        yield start


@pytest.mark.parametrize(
    "path", ["/", "/login", "/static/core.css", "/nowhere", "/healthz", "/_files/x", "/verify/a.b"]
)
def test_whoever_is_abroad_sees_his_address_and_the_application_hears_nothing(start_judging: Start, path: str) -> None:
    """H6: static files too, with a certificate or without."""
    edge = start_judging("192.0.2.0/24 JP;\n", "")
    for browser in (edge.higashi, edge.nobody):
        answer = browser.ask(path)
        assert_own_page(answer, 403, TITLE)
        assert "<dd>127.0.0.1</dd>" in answer.text
    assert edge.observer is not None
    assert edge.observer.seen == []


@pytest.mark.parametrize(
    ("countries", "allowed"),
    [("127.0.0.0/8 JP;\n", ""), ("", "127.0.0.1/32 1;\n"), ("127.0.0.0/8 JP;\n", "127.0.0.1 1;\n")],
)
def test_whoever_is_in_japan_or_allowed_passes(start_judging: Start, countries: str, allowed: str) -> None:
    """R2-8: the application judges whose certificate comes with an allowed address."""
    edge = start_judging(countries, allowed)
    assert edge.higashi.ask("/").status == 200
    assert edge.higashi.ask("/static/core.css").status == 200
    assert edge.nobody.ask("/").status != 200
    assert edge.observer is not None
    assert len(edge.observer.seen) == 2


def test_no_header_changes_where_somebody_is(start_judging: Start) -> None:
    """H1, H2."""
    edge = start_judging("192.0.2.0/24 JP;\n", "")
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-Address", "CF-Connecting-IP"):
        assert edge.higashi.ask("/", [f"{name}: 192.0.2.7"]).status == 403
