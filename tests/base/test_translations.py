from pathlib import Path

import pytest
from flask import Flask

from base.translations import read_translations
from tests.browsing import Visitor
from tests.cast import Cast


def test_english_shows_without_anything_being_compiled(app: Flask, cast: Cast) -> None:
    """R8-3: messages and labels stand in the viewer's language."""
    compiled = list((Path(__file__).parents[2] / "site" / "translations").rglob("*.mo"))
    answer = Visitor(app, cast.higashi_reader.client).get("/login", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert compiled == []
    assert "ID (e-mail address)" in answer.text
    assert "If you can" in answer.text
    assert '<html lang="en">' in answer.text


@pytest.mark.parametrize("languages", ["ja", "de", "", "fr;q=0.9, de;q=0.8"])
def test_japanese_shows_to_everybody_else(app: Flask, cast: Cast, languages: str) -> None:
    answer = Visitor(app, cast.higashi_reader.client).get("/login", headers={"Accept-Language": languages})
    assert "ID(メールアドレス)" in answer.text
    assert '<html lang="ja">' in answer.text


def test_words_without_a_translation_stay_as_they_are(tmp_path: Path) -> None:
    source = tmp_path / "messages.po"
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "記事"\nmsgstr "Article"\n',
        encoding="utf-8",
    )
    english, none = read_translations(source), read_translations(tmp_path / "absent.po")
    assert [english.gettext(word) for word in ("記事", "申請")] == ["Article", "申請"]
    assert none.gettext("記事") == "記事"
