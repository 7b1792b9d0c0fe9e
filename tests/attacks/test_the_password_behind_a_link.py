"""Whoever holds one mail of two, or a link without its answer, must not learn the present password from the form behind it."""

import pytest
from flask import Flask

from tests.auth.credentialing import invited
from tests.auth.test_credential_views import pair_of, registered, row_of, visit
from tests.auth.test_password_resets import changed, mailed_link, with_answer
from tests.cast import Cast
from tests.make import PASSWORD

SAYS_SO = "直前のパスワードとは違うものにしてください。"


@pytest.mark.parametrize("answer", ["", "みどり小学校"])
def test_a_link_without_its_answer_tells_nothing_of_the_present_password(app: Flask, cast: Cast, answer: str) -> None:
    """R6-7, R6-3, C10: else a mailbox would do for trying passwords that no counter counts."""
    person = with_answer(app, cast.higashi_reader)
    path, visitor = mailed_link(app, person), visit(app, person)
    tried = changed(visitor, path, answer, PASSWORD)
    assert tried.status_code == 422
    assert SAYS_SO not in tried.text


def test_with_the_right_answer_the_password_before_is_refused(app: Flask, cast: Cast) -> None:
    """R6-4: told to the person, and nothing is counted."""
    person = with_answer(app, cast.higashi_reader)
    path, visitor = mailed_link(app, person), visit(app, person)
    answer = changed(visitor, path, password=PASSWORD)
    assert answer.status_code == 422
    assert SAYS_SO in answer.text
    assert row_of(app, person).wrong_answers == 0


@pytest.mark.parametrize("code", ["", "00000-00000"])
def test_a_one_time_url_alone_tells_nothing_of_the_present_password(app: Flask, cast: Cast, code: str) -> None:
    """R6-1, R6-3: the two mails of somebody who has a password still."""
    person = cast.higashi_reader
    path, _code = invited(app, person)
    answer = registered(visit(app, person), path, code, password=PASSWORD, again=PASSWORD)
    assert answer.status_code == 422
    assert SAYS_SO not in answer.text


def test_with_both_mails_the_password_before_is_refused(app: Flask, cast: Cast) -> None:
    """R6-4, R6-1: the mails go on serving."""
    person = cast.higashi_reader
    path, code = invited(app, person)
    visitor = visit(app, person)
    answer = registered(visitor, path, code, password=PASSWORD, again=PASSWORD)
    assert answer.status_code == 422
    assert SAYS_SO in answer.text
    assert pair_of(app, person).wrong_tries == 0
    assert registered(visitor, path, code).status_code == 303
