"""Files around a bulk file: the pattern to fill in, and an answer to each row that can't be entered (R9-13, R8-7)."""

from collections.abc import Callable, Iterable, Iterator

from rights.bulk.columns import HEADINGS
from rights.bulk.facts import PersonRow
from rights.bulk.findings import WHOLE_FILE, Finding
from rights.shown_requests import title_of


def pattern_rows(people: Iterable[PersonRow]) -> Iterator[tuple[str, ...]]:
    """One row for each person with what is held; without an order in the first column a row asks for nothing."""
    yield HEADINGS
    for one in people:
        titles = (title_of(system, code) for system, code in one.held.in_all_systems())
        yield ("", one.contractor, one.name_kanji, one.name_kana, one.login_id, *titles, "")


def finding_rows(findings: Iterable[Finding], say_it: Callable[[str], str]) -> Iterator[tuple[object, ...]]:
    yield ("行", "メールアドレス(ID)", "内容")
    for one in findings:
        for reason in one.reasons:
            yield (one.row if one.row != WHOLE_FILE else "", one.about, say_it(reason))
