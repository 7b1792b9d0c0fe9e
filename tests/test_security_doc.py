"""docs/security.md leaves out no requirement and names no file that isn't there."""

import re
from collections import Counter

import pytest

from tests.test_floors import ROOT

TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([\d., ]+) \| [^|]+ \| (met|partly|not met|n/a|operator) \| ([^|]+) \|$", re.MULTILINE)
NUMBER = re.compile(r"\d+\.\d+\.\d+")
FILES = re.compile(
    r"`((?:auth|base|bench|content|desk|docs|nginx|rights|site|tests)/[A-Za-z0-9_./-]*|[a-z]+\.(?:py|txt))`"
)
# Of ASVS 5.0.0, levels 1 and 2: for each section the numbers in it.
SECTIONS = """
1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4
5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 8.1:2
8.2:3 8.3:1 8.4:1 9.1:3 9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3 11.4:4
11.5:1 11.6:1 12.1:3 12.2:2 12.3:4 13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1
16.2:5 16.3:4 16.4:3 16.5:3 17.1:1 17.2:4 17.3:2
"""
DEVIATIONS = {"6.2.5", "6.2.9", "6.2.10", "6.4.2"}


def states() -> dict[str, str]:
    return {number: state for numbers, state, _how in ROW.findall(TEXT) for number in NUMBER.findall(numbers)}


def test_every_requirement_stands_there_once() -> None:
    sections = [each.split(":") for each in SECTIONS.split()]
    wanted = {f"{section}.{number}" for section, count in sections for number in range(1, int(count) + 1)}
    counted = Counter(number for numbers, _state, _how in ROW.findall(TEXT) for number in NUMBER.findall(numbers))
    assert set(counted) == wanted
    assert [number for number, times in counted.items() if times > 1] == []
    assert len(wanted) > 240


@pytest.mark.parametrize("number", sorted(DEVIATIONS))
def test_the_deviations_say_so_and_what_compensates(number: str) -> None:
    assert states()[number] == "not met"
    assert f"\n| {number} | " in TEXT.partition("## 7.")[2].partition("## 8.")[0]


def test_every_file_that_is_named_is_there() -> None:
    named = set(FILES.findall(TEXT))
    assert len(named) > 80
    assert sorted(name for name in named if not (ROOT / name).exists()) == []
