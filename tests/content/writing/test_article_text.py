import pytest

from base.refusals import Refused
from content.article_text import LONGEST_TITLE, article_text, kept_source


def test_a_title_is_one_line_of_what_can_be_seen() -> None:
    """F1: no line end and no control character of a title reaches a header or the database."""
    kept = article_text(page_id=1, kind_id=1, title=" 停止\r\nBcc: x@evil.example\x00\u2028 ", source="本文")
    assert kept.title == "停止  Bcc: x@evil.example"


@pytest.mark.parametrize(
    ("title", "source", "field"),
    [
        ("", "本文", "title"),
        (" 　\r\n", "本文", "title"),
        ("件" * (LONGEST_TITLE + 1), "本文", "title"),
        ("件名", "", "source"),
        ("件名", " \n\n\x00", "source"),
        ("件名", "[" * 10_000, "source"),
        ("件名", "> " * 50 + "本文", "source"),
    ],
)
def test_a_refusal_names_its_field(title: str, source: str, field: str) -> None:
    """R8-3, E17."""
    with pytest.raises(Refused) as refusal:
        article_text(page_id=1, kind_id=1, title=title, source=source)
    assert refusal.value.field == field


def test_a_source_keeps_its_lines_and_loses_what_no_database_keeps() -> None:
    assert kept_source("一\r\n二\r三\x00\x0b\t四") == "一\n二\n三\t四"


def test_what_is_kept_is_rendered_once_with_it() -> None:
    """E1."""
    kept = article_text(page_id=1, kind_id=1, title="件名", source="# 見出し\n\n<script>alert(1)</script>")
    assert kept.html.startswith("<h2>見出し</h2>")
    assert "<script" not in kept.html
