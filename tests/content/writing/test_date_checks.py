from datetime import date

import pytest

from content.writing.date_checks import odd_dates

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("2026/12/06(日)と12月7日(月曜日)", []),
        ("2026/12/06(月) 22:00から", ["2026/12/06(月) → 日曜日"]),
        ("12/6(土)、12/6(土)、2026年12月6日(土)", ["12/6(土) → 日曜日", "2026年12月6日(土) → 日曜日"]),
        ("1/4(月)は来年、9/1(火)は今年", []),
        ("2027/02/29(月)", ["2027/02/29(月)(ない日付)"]),
        ("13/40(月)", ["13/40(月)(ない日付)"]),
        ("12/6 (日本時間)、第3/4(月)", ["3/4(月) → 木曜日"]),
        ("| 12/6 | 9:00 |", []),
    ],
)
def test_a_date_with_the_wrong_weekday_is_named(text: str, odd: list[str]) -> None:
    """R7-4: without a year the nearest one is meant."""
    assert odd_dates(text, TODAY) == odd
