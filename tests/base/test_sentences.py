"""Sentences of rules: Japanese by themselves, said again in the viewer's language."""

from datetime import UTC, date, datetime

import pytest

from base.sentences import said_in, say

ENGLISH = {
    "%(name)sさんが %(at)s に保存しました(%(days)s)。": "%(name)s saved at %(at)s (%(days)s).",
    "この記事": "this article",
    "%(what)sは公開中です。": "%(what)s is public.",
    "100%です": "it is 100%",
}
AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def english(words: str) -> str:
    return said_in(words, "en", lambda text: ENGLISH.get(text, text))


def test_times_days_and_lists_follow_the_language() -> None:
    """R8-3: and what a person is called stays as it is."""
    days = [date(2026, 11, 23), date(2026, 11, 24)]
    sentence = say("%(name)sさんが %(at)s に保存しました(%(days)s)。", name="記事", at=AT, days=days)
    assert sentence == "記事さんが 2026/11/22(日) 12:00 に保存しました(2026/11/23(月)、2026/11/24(火))。"
    assert english(sentence) == "記事 saved at 2026/11/22 (Sun) 12:00 (2026/11/23 (Mon), 2026/11/24 (Tue))."


def test_a_sentence_within_a_sentence_is_said_too() -> None:
    """R8-3."""
    assert english(say("%(what)sは公開中です。", what=say("この記事"))) == "this article is public."
    assert english(say("%(what)sは公開中です。", what="この記事")) == "この記事 is public."


@pytest.mark.parametrize("words", ["100%です", say("100%です")])
def test_without_facts_a_percent_sign_is_one(words: str) -> None:
    assert words == "100%です"
    assert english(words) == "it is 100%"


def test_what_the_catalogue_doesnt_know_stays() -> None:
    assert english("知らない言葉") == "知らない言葉"
