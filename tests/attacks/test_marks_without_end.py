"""A long run of combining marks takes the square of its length to bring into one form: nothing that somebody typed is, before it was cut (C7, R9)."""

import time
from collections.abc import Callable

import pytest
from flask import Flask

from auth.names import kana_refusal_for, tidy_kana
from auth.questions import normalized, refusal_for_answer
from content.files.names import clean_name
from content.search.pieces import cuts
from content.search.words import folded
from tests.browsing import logged_in
from tests.cast import Cast
from tests.content.library import Library

# A form of 1 MB holds sixteen times as many, which takes minutes.
MARKS = "a" + "\u0300\u0316" * 16_000
# A file may hold a million that stand in the wrong order.
DISORDERED = "a" + "\u0301\u0316\u0334\u0315\u0321" * 200_000
# Without the cut it is more than a second on any machine, with it a few milliseconds.
SECONDS = 0.5


def spent(run: Callable[[], object]) -> float:
    begun = time.thread_time()
    run()
    return time.thread_time() - begun


@pytest.mark.parametrize(
    "run",
    [
        lambda: refusal_for_answer("first_school", MARKS),
        lambda: refusal_for_answer("first_school", "あおば小学校", unlike=[MARKS]),
        lambda: normalized(MARKS),
        lambda: tidy_kana(MARKS),
        lambda: clean_name(MARKS + ".pdf"),
        lambda: folded(MARKS * 3),
        lambda: list(cuts(DISORDERED)),
    ],
)
def test_no_text_however_long_keeps_a_processor_busy(run: Callable[[], object]) -> None:
    """C7, C10: of one request."""
    assert spent(run) < SECONDS


def test_what_is_too_long_is_still_said_to_be(app: Flask, cast: Cast) -> None:
    """R8-3, C10: beside its field; a file keeps what follows its last dot."""
    assert "100文字以内" in str(refusal_for_answer("first_school", MARKS))
    assert "60文字以内" in str(kana_refusal_for(tidy_kana(MARKS)))
    assert clean_name(MARKS + ".pdf").endswith(".pdf")
    reader = logged_in(app, cast.higashi_reader)
    answer = reader.submit("/account/question", current=MARKS, question="first_school", answer=MARKS)
    assert answer.status_code == 422
    assert "100文字以内" in answer.text


def test_an_article_full_of_marks_keeps_nobody_from_searching(app: Flask, cast: Cast) -> None:
    """E17, R7-5: one careless article would make every search that finds it take many seconds."""
    library = Library(app, cast)
    library.publish(title="記号だらけの記事", source=MARKS * 3 + " 検針")
    reader = logged_in(app, cast.nishi_reader)
    found: list[str] = []
    assert spent(lambda: found.append(reader.page("/search?q=検針"))) < 2 * SECONDS
    assert "記号だらけの記事" in found[0]
