"""What a reader's page weighs on its way to the browser: the first time with all that it names, from then on by itself alone."""

import gzip
import re
from pathlib import Path

from flask import Flask

from base.assets import YEAR, asset_addresses
from tests.browsing import logged_in
from tests.cast import Cast
from tests.content.library import Library

FIRST, AFTERWARDS = 60_000, 15_000
NAMED = re.compile(r'(?:href|src)="(/static/[^"#]+)')


def test_a_page_is_light_and_the_next_one_lighter(app: Flask, cast: Cast, library: Library) -> None:
    """Home, list and article: what stays the same is named by its content, kept for good and packed; HTML goes as it is."""
    public_ids, reader = library.publish_many(25), logged_in(app, cast.higashi_reader)
    packed: dict[str, int] = {}
    for path in ("/", "/pages/common", f"/articles/{public_ids[0]}"):
        page = reader.page(path)
        for address in set(NAMED.findall(page)):
            assert "?v=" in address, address
            with reader.get(address) as file:
                assert file.cache_control.max_age == YEAR
                packed[address] = len(gzip.compress(file.data))
        own = len(page.encode())
        assert own <= AFTERWARDS, (path, own)
        assert own + sum(packed.values()) <= FIRST, (path, own, packed)
    assert len(packed) > 5


def test_a_changed_file_has_another_address(tmp_path: Path) -> None:
    """Nobody reads today's page with yesterday's style."""
    file = tmp_path / "a.css"
    file.write_text("p {}", encoding="ascii")
    first = asset_addresses(tmp_path)("a.css")
    assert asset_addresses(tmp_path)("a.css") == first
    file.write_text("p { }", encoding="ascii")
    assert asset_addresses(tmp_path)("a.css") != first
