"""Reads the demo's articles from `demo/texts`, with every date in them counted from today.

A file is named after page and category. An article begins with `+++ kind | days ago | time | title`, then `pinned`,
`important | days` or `tags | names`, then its Markdown; `=== title` begins its English, whose dates say so (`{biz+3|en}`), and `>>> name`
an attachment.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import Path

from base.business_days import BusinessCalendar
from base.jst import show_day, show_short_day
from base.schedule import processing_date
from content.writing.tag_words import read_tags

TEXTS = Path(__file__).resolve().parent / "texts"
DATE = re.compile(r"\{(day|biz|sun|M)([+-]\d+)?(s?)(\|en)?\}")
SUNDAY = 6


@dataclass(frozen=True, slots=True)
class DemoFile:
    name: str
    lines: tuple[str, ...]


@dataclass(slots=True)
class DemoArticle:
    """`age` and `important_days` in days, the latter from today."""

    page: str
    kind: str
    age: int
    at: time
    title: str
    source: str = ""
    title_en: str = ""
    source_en: str = ""
    is_pinned: bool = False
    tags: tuple[str, ...] = ()
    important_days: int | None = None
    files: list[DemoFile] = field(default_factory=list)


def demo_articles(today: date, calendar: BusinessCalendar) -> list[DemoArticle]:
    """All of them, oldest first."""
    found = [
        article
        for path in sorted(TEXTS.glob("*.md"))
        for article in _articles(path.stem.split("-")[0], _dated(path.read_text(encoding="utf-8"), today, calendar))
    ]
    return sorted(found, key=lambda article: (-article.age, article.at))


def _dated(text: str, today: date, calendar: BusinessCalendar) -> str:
    def show(match: re.Match[str]) -> str:
        unit, count, is_short, is_english = match.groups()
        day, language = _day(unit, int(count or 0), today, calendar), "en" if is_english else "ja"
        return show_short_day(day, language) if is_short else show_day(day, language)

    return DATE.sub(show, text)


def _day(unit: str, count: int, today: date, calendar: BusinessCalendar) -> date:
    if unit == "M":
        return processing_date(today, calendar)
    if unit == "sun":
        following = today + timedelta(days=(SUNDAY - today.weekday() - 1) % 7 + 1)
        return following + timedelta(weeks=count - 1 if count > 0 else count)
    if unit == "day":
        return today + timedelta(days=count)
    return calendar.plus(today, count) if count > 0 else business_days_before(today, -count, calendar)


def business_days_before(day: date, count: int, calendar: BusinessCalendar) -> date:
    for _ in range(count):
        day = business_day_on_or_before(day - timedelta(days=1), calendar)
    return day


def business_day_on_or_before(day: date, calendar: BusinessCalendar) -> date:
    while not calendar.is_business_day(day):
        day -= timedelta(days=1)
    return day


def _articles(page: str, text: str) -> Iterator[DemoArticle]:
    for part in re.split(r"^\+\+\+ ", text, flags=re.MULTILINE)[1:]:
        body, *files = re.split(r"^>>> ", part, flags=re.MULTILINE)
        body, _, english = body.partition("\n=== ")
        head, *lines = body.splitlines()
        kind, age, clock, title = (piece.strip() for piece in head.split("|"))
        hour, minute = clock.split(":")
        article = DemoArticle(page, kind, int(age), time(int(hour), int(minute)), title)
        _take_marks(article, lines)
        article.source = "\n".join(lines).strip() + "\n"
        article.title_en, _, article.source_en = english.partition("\n")
        article.files = [_file(each) for each in files]
        yield article


def _take_marks(article: DemoArticle, lines: list[str]) -> None:
    while lines and lines[0]:
        word, _, more = lines.pop(0).partition("|")
        if word.strip() == "pinned":
            article.is_pinned = True
        elif word.strip() == "tags":
            article.tags = read_tags(more)
        else:
            article.important_days = int(more)


def _file(text: str) -> DemoFile:
    name, *lines = text.strip().splitlines()
    return DemoFile(name.strip(), tuple(lines))
