from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from base import clock

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    yield
    clock.use(clock.system_time)


def test_now_is_an_instant_with_its_zone() -> None:
    """R8-2."""
    before = clock.system_time()
    assert before <= clock.now() <= clock.system_time()
    assert clock.now().tzinfo is UTC


def test_another_source_may_be_put_in() -> None:
    """R8-2."""
    clock.use(lambda: NOW)
    assert clock.now() == NOW


@pytest.mark.parametrize(("written", "seconds"), [("86400", 86400), ("-3600.5\n", -3600.5), ("", 0), ("\n", 0)])
def test_a_file_shifts_the_time_and_may_change(tmp_path: Path, written: str, seconds: float) -> None:
    """R8-2: web and worker read the same file."""
    file = tmp_path / "clock"
    read = clock.shifted_by(file)
    file.write_text(written)
    before, shifted, after = clock.system_time(), read(), clock.system_time()
    assert before <= shifted - timedelta(seconds=seconds) <= after


def test_no_file_is_no_shift(tmp_path: Path) -> None:
    before, read, after = clock.system_time(), clock.shifted_by(tmp_path / "none")(), clock.system_time()
    assert before <= read <= after


def test_a_file_that_holds_no_number_is_a_fault(tmp_path: Path) -> None:
    """R8-2: better no time than a wrong one."""
    file = tmp_path / "clock"
    file.write_text("tomorrow")
    with pytest.raises(ValueError, match="tomorrow"):
        clock.shifted_by(file)()
