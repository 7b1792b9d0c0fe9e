"""Commands: what the gate says of an address, and Japan's networks for nginx (R2-8)."""

from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app import create_app
from auth.country_ranges import read_ranges
from auth.geo_cli import country_lines
from auth.models import Organization, User
from base.db import transaction
from tests import make
from tests.auth.test_country_data import written
from tests.cast import Cast, make_cast
from tests.certificates import NOW
from tests.conftest import Hands
from tests.settings import settings_for

Run = Callable[..., Result]


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["geo", *words])


def allow(app: Flask, cast: Cast, network: str, **facts: Any) -> None:
    with app.app_context(), transaction() as session:
        of, by = (session.get_one(Organization, cast.nishi_reader.organization_id), session.get_one(User, 1))
        make.allowed_address(session, of, by, network, **facts)


def test_where_an_address_is(app: Flask, cast: Cast) -> None:
    """R2-8: for the desk, with a caller on the phone."""
    allow(app, cast, "198.51.100.8/29")
    for address, answer in (
        ("192.0.2.7", "192.0.2.7 JP let in"),
        ("::ffff:192.0.2.7", "192.0.2.7 JP let in"),
        ("198.51.100.7", "198.51.100.7 US refused"),
        ("198.51.100.8", "198.51.100.8 US allowed for one organization"),
        ("203.0.113.200", "203.0.113.200 - refused"),
        ("10.0.0.1", "10.0.0.1 - refused"),
        ("nonsense", "- - refused"),
    ):
        assert run(app, "where", address).output.strip() == answer


def test_japans_networks_and_the_allow_list_are_written_for_nginx(app: Flask, cast: Cast, tmp_path: Path) -> None:
    """R2-8: what has ended is out; a file that hasn't changed isn't touched."""
    folder = tmp_path / "nginx"
    folder.mkdir()
    allow(app, cast, "198.51.100.8/29")
    allow(app, cast, "2001:db8::/64")
    allow(app, cast, "203.0.113.7/32", ended_at=NOW)
    assert run(app, "export-nginx", str(folder)).output == "changed: portal-countries.conf portal-allowed.conf\n"
    assert (folder / "portal-countries.conf").read_text() == "192.0.2.0/24 JP;\n"
    assert (folder / "portal-allowed.conf").read_text() == "198.51.100.8/29 1;\n2001:db8::/64 1;\n"
    assert run(app, "export-nginx", str(folder)).output == "unchanged\n"
    assert sorted(file.name for file in folder.iterdir()) == ["portal-allowed.conf", "portal-countries.conf"]


def test_broken_data_leave_the_older_file(sqlite_url: str, tmp_path: Path, hands: Hands) -> None:
    """H4: the edge doesn't shut out all of Japan; the application is closed meanwhile anyway."""
    app = create_app(settings_for(sqlite_url, tmp_path))
    with app.app_context(), transaction() as session:
        make_cast(session)
    run(app, "export-nginx", str(tmp_path))
    (tmp_path / "countries").write_text("broken", encoding="ascii")
    hands.now += timedelta(minutes=2)
    result = run(app, "export-nginx", str(tmp_path))
    assert (result.exit_code, "nothing written" in result.output) == (3, True)
    assert (tmp_path / "portal-countries.conf").read_text() == "192.0.2.0/24 JP;\n"


def test_our_own_networks_are_written_where_the_setting_lets_them_in(
    sqlite_url: str, tmp_path: Path, hands: Hands
) -> None:
    """H8."""
    app = create_app(settings_for(sqlite_url, tmp_path, are_local_addresses_allowed=True))
    assert run(app, "export-nginx", str(tmp_path)).exit_code == 0
    lines = (tmp_path / "portal-allowed.conf").read_text().splitlines()
    assert {"127.0.0.0/8 1;", "10.0.0.0/8 1;", "::1/128 1;"} <= set(lines)


def test_networks_of_a_maxmind_file_without_what_is_only_a_tunnel(tmp_path: Path) -> None:
    """H3."""
    japan: dict[str, object] = {"country": {"iso_code": "JP"}}
    germany: dict[str, object] = {"country": {"iso_code": "DE"}}
    records: dict[str, dict[str, object]] = {
        "2001:200::/32": japan,
        "2002:c000:200::/40": japan,
        "2001:db8::/32": germany,
    }
    assert country_lines([written(tmp_path / "country.mmdb", records)]) == ["2001:200::/32 JP;"]


@given(st.lists(st.tuples(st.integers(1, 2000), st.sampled_from(["JP", "DE", "??"])), min_size=1, max_size=30))
def test_the_networks_hold_just_the_addresses_of_the_ranges(parts: list[tuple[int, str]]) -> None:
    """R2-8: nginx and the application judge alike."""
    lines, at = [], 2**31
    for length, country in parts:
        lines.append(f"{at},{at + length - 1},{country}")
        at += length
    ranges = read_ranges(lines)
    networks = [ip_network(str(network)) for network in ranges.networks_in("JP")]
    assert sum(network.num_addresses for network in networks) == sum(length for length, each in parts if each == "JP")
    for network in networks:
        assert ranges.country_of(ip_address(int(network.network_address))) == "JP"
        assert ranges.country_of(ip_address(int(network.broadcast_address))) == "JP"


@pytest.mark.parametrize("words", [["where"], ["export-nginx", "/nowhere/at/all"], ["unknown"]])
def test_a_command_that_lacks_something_says_so(app: Flask, words: list[str]) -> None:
    """R8-3."""
    assert run(app, *words).exit_code == 2
