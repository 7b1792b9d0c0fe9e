"""A database that can't even be reached is unavailability, not a fault of ours (B10)."""

from pathlib import Path

import pytest

from app import create_app
from tests import make
from tests.browsing import Visitor
from tests.settings import settings_for

UNREACHABLE = {
    "postgresql": "postgresql+psycopg://nobody@127.0.0.1:1/nothing?connect_timeout=1",
    "sqlite": "sqlite:////nowhere/at/all/portal.db",
}


@pytest.mark.parametrize("path", ["/", "/login", "/readyz", "/nowhere"])
@pytest.mark.parametrize("database", UNREACHABLE)
def test_where_no_connection_can_be_made_the_site_says_so(tmp_path: Path, database: str, path: str) -> None:
    """B10: 503 with Retry-After, never a login page, never "logged in as nobody"."""
    app = create_app(settings_for(UNREACHABLE[database], tmp_path))
    answer = Visitor(app, make.client_certificate()).get(path)
    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "5")
    assert "Set-Cookie" not in answer.headers
