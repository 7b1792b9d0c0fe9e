"""Country data from files: both formats, broken ones, changed ones (R2-8, H4)."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from auth.country_data import LOOK_EVERY, CountryData, read_country_file
from auth.country_ranges import UnusableRanges, read_ranges
from tests.certificates import NOW

HEAD = "# Location Database Export\n#\n# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n#\n"
IPV4 = HEAD + "16777216,16777471,AU\n16777472,16778239,CN\n3221225984,3221226239,JP\n3325256704,3325256704,??\n"
IPV6 = HEAD + "2001:200::,2001:200:ffff:ffff:ffff:ffff:ffff:ffff,JP\n2001:db8::,2001:db8::ffff,DE\n"
MADE_AT = datetime(2026, 6, 25, 4, 33, 59, tzinfo=UTC)
A_MINUTE = LOOK_EVERY


def country(data: CountryData, address: str, now: datetime = NOW) -> str | None:
    return data.origin(address, now).country


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        *(("1.0.0.0", "AU"), ("1.0.0.255", "AU"), ("1.0.1.0", "CN"), ("1.0.3.255", "CN"), ("1.0.4.0", None)),
        *(("0.255.255.255", None), ("192.0.1.255", None), ("192.0.2.0", "JP"), ("192.0.2.255", "JP")),
        *(("192.0.3.0", None), ("198.51.100.0", None), ("255.255.255.255", None), ("2001:200::", None)),
    ],
)
def test_each_edge_of_a_range_of_ipv4(address: str, expected: str | None) -> None:
    """H4: between two ranges nobody's country is known; `??` is nobody's."""
    assert read_ranges(IPV4.splitlines()).country_of(ip_address(address)) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        *(("2001:1ff:ffff::", None), ("2001:200::", "JP"), ("2001:200:ffff:ffff:ffff:ffff:ffff:ffff", "JP")),
        *(("2001:201::", None), ("2001:db8::ffff", "DE"), ("2001:db8::1:0", None), ("1.0.0.0", None)),
    ],
)
def test_each_edge_of_a_range_of_ipv6(address: str, expected: str | None) -> None:
    """H3, H4."""
    assert read_ranges(IPV6.splitlines()).country_of(ip_address(address)) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", HEAD, "1,2", "1,2,JP,JP", "1,2,jp", "1,2,JPN", "1,2,", "a,b,JP", "2,1,JP", "-1,2,JP", "1,4294967296,JP"),
        *("1,5,JP\n5,9,US", "9,9,JP\n1,2,US", "1,2,JP\n::1,::2,JP", "::1,::2,JP\n1,2,JP", "::2,::1,JP", "::1%1,::2,JP"),
        *("1,2,JP\n\x00\x00", "<html>not found</html>", '"1","2","JP"', "1,2,J\u3000P"),
    ],
)
def test_a_list_with_one_odd_line_is_no_list(text: str) -> None:
    """H4: half a list would open the door by mistake."""
    with pytest.raises(UnusableRanges):
        read_ranges(text.splitlines())


def test_the_first_file_that_knows_tells(tmp_path: Path) -> None:
    """R2-8."""
    (tmp_path / "geoip").write_text(IPV4, encoding="ascii")
    (tmp_path / "geoip6").write_text(IPV6, encoding="ascii")
    data = CountryData((tmp_path / "geoip", tmp_path / "geoip6"))
    assert [country(data, each) for each in ("192.0.2.1", "2001:200::1", "1.0.0.1", "8.8.8.8")] == [
        "JP",
        "JP",
        "AU",
        None,
    ]
    assert [file.made_at for file in data.files(NOW)] == [MADE_AT, MADE_AT]
    assert not data.files(NOW)[0].is_old(MADE_AT + timedelta(days=90))
    assert data.files(NOW)[0].is_old(MADE_AT + timedelta(days=90, seconds=1))


def test_a_list_without_a_date_is_as_old_as_its_file(tmp_path: Path) -> None:
    """R2-8: staff see it."""
    file = tmp_path / "geoip"
    file.write_text("1,2,JP\n", encoding="ascii")
    os.utime(file, (MADE_AT.timestamp(), MADE_AT.timestamp()))
    assert read_country_file(file).made_at == MADE_AT


def written(path: Path, networks: dict[str, dict[str, object]], ip_version: int = 6) -> Path:
    writer = MMDBWriter(ip_version=ip_version, ipv4_compatible=ip_version == 6, database_type="Country")
    for network, record in networks.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path))
    return path


def test_a_maxmind_file_of_any_kind(tmp_path: Path) -> None:
    """R2-8: `country.iso_code`; records of another shape tell nothing."""
    records: dict[str, dict[str, object]] = {
        "192.0.2.0/24": {"country": {"iso_code": "JP"}},
        "198.51.100.0/25": {"country": {"iso_code": "US"}, "registered_country": {"iso_code": "JP"}},
        "198.51.100.128/25": {"registered_country": {"iso_code": "JP"}},
        "203.0.113.0/24": {"country": "JP"},
        "2001:200::/32": {"country": {"iso_code": "JP"}},
    }
    data = CountryData((written(tmp_path / "country.mmdb", records),))
    told = [country(data, each) for each in ("192.0.2.255", "198.51.100.1", "198.51.100.200", "203.0.113.1")]
    assert told == ["JP", "US", None, None]
    assert [country(data, each) for each in ("2001:200::1", "2001:201::1", "8.8.8.8")] == ["JP", None, None]
    (file,) = data.files(NOW)
    assert file.made_at is not None
    assert abs(file.made_at - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_maxmind_file_of_ipv4_alone(tmp_path: Path) -> None:
    """H3: IPv6 is unknown to it, and no fault."""
    file = written(tmp_path / "four.mmdb", {"192.0.2.0/24": {"country": {"iso_code": "JP"}}}, ip_version=4)
    data = CountryData((file,))
    assert [country(data, each) for each in ("192.0.2.1", "2001:200::1")] == ["JP", None]


@pytest.mark.parametrize("name", ["geoip", "country.mmdb"])
@pytest.mark.parametrize("content", [None, b"", b"\xff" * 300, b"garbage\n", b"1,2,JP\n1,2"])
def test_a_missing_or_broken_file_knows_nobody(tmp_path: Path, name: str, content: bytes | None) -> None:
    """H4: and says why."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    data = CountryData((tmp_path / name,))
    assert country(data, "0.0.0.1") is None
    assert not data.origin("192.0.2.7", NOW).is_domestic
    assert data.files(NOW)[0].fault


def test_without_any_file_nobody_is_known() -> None:
    """H4."""
    assert not CountryData(()).origin("192.0.2.7", NOW).is_domestic


def test_a_cut_maxmind_file_knows_nobody(tmp_path: Path) -> None:
    """H4."""
    file = written(tmp_path / "country.mmdb", {"192.0.2.0/24": {"country": {"iso_code": "JP"}}})
    file.write_bytes(file.read_bytes()[:-60])
    assert not CountryData((file,)).origin("192.0.2.7", NOW).is_domestic


def test_a_changed_file_is_read_within_a_minute_and_a_broken_one_closes(tmp_path: Path) -> None:
    """H4: also for an address that has been judged before; whole again, open again."""
    file = tmp_path / "geoip"
    file.write_text("3221225984,3221226239,JP\n", encoding="ascii")
    data = CountryData((file,))
    assert country(data, "192.0.2.1") == "JP"
    file.write_text("3221225984,3221226239,DE\n", encoding="ascii")
    assert country(data, "192.0.2.1", NOW + A_MINUTE - timedelta(seconds=1)) == "JP"
    assert country(data, "192.0.2.1", NOW + A_MINUTE) == "DE"
    file.write_text("3221225984,32212", encoding="ascii")
    assert country(data, "192.0.2.1", NOW + 2 * A_MINUTE) is None
    file.unlink()
    assert country(data, "192.0.2.1", NOW + 3 * A_MINUTE) is None
    file.write_text("3221225984,3221226239,JP,\n"[:-2] + "\n", encoding="ascii")
    assert country(data, "192.0.2.1", NOW + 4 * A_MINUTE) == "JP"


def test_a_clock_set_back_does_not_keep_old_data(tmp_path: Path) -> None:
    """H4."""
    file = tmp_path / "geoip"
    file.write_text("3221225984,3221226239,JP\n", encoding="ascii")
    data = CountryData((file,))
    assert country(data, "192.0.2.1") == "JP"
    file.write_text("1,2,JP\n", encoding="ascii")
    assert country(data, "192.0.2.1", NOW - timedelta(hours=1)) is None


def test_many_at_once_wait_for_the_first_reading(tmp_path: Path) -> None:
    """H4: nobody is refused only because the list is still being read."""
    lines = [f"{at * 10},{at * 10 + 9},JP\n" for at in range(20_000)]
    (tmp_path / "geoip").write_text("".join(lines), encoding="ascii")
    data = CountryData((tmp_path / "geoip",))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda at: country(data, str(ip_address(at * 10))), range(1, 9)))
    assert found == ["JP"] * 8
