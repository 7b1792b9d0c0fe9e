"""Screens about rights speak English too, where a viewer has chosen it (R8-3)."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from flask import Flask
from sqlalchemy import select

from auth.models import User
from base.db import transaction
from tests.browsing import logged_in
from tests.cast import Cast

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "site" / "templates" / "rights").glob("*.html"))
SOURCES = sorted((ROOT / "rights").glob("*.py"))
KEYWORDS = {"_": None, "ngettext": (1, 2)}


@pytest.fixture(scope="module")
def english() -> Catalog:
    with (ROOT / "site" / "translations" / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


@pytest.mark.parametrize("path", TEMPLATES + SOURCES, ids=lambda path: path.name)
def test_every_word_has_its_english(path: Path, english: Catalog) -> None:
    """R8-3: with the same places to fill in."""
    method = "jinja2" if path.suffix == ".html" else "python"
    for _, found, _, _ in extract_from_file(method, str(path), KEYWORDS):
        text = found if isinstance(found, str) else found[0]
        message = english.get(text)
        assert message is not None, text
        words = " ".join(message.string) if isinstance(message.string, tuple) else str(message.string)
        assert words, text
        places = r"%\(\w+\)s"
        assert set(re.findall(places, text)) <= set(re.findall(places, words)), text


def test_a_viewer_who_reads_english_gets_it(app: Flask, cast: Cast) -> None:
    """R8-3: dates, labels and what is missing as well."""
    with app.app_context(), transaction() as session:
        session.scalars(select(User).where(User.id == cast.higashi_manager.user_id)).one().language = "en"
    manager = logged_in(app, cast.higashi_manager)
    page = manager.page("/requests/new")
    for words in ("If you apply today", "By 2026/11/24 (Tue)", "table of what each code allows", "Check the content"):
        assert words in page
    refused = manager.post("/requests/new", manager.form("/requests/new", "/requests/new").values).text
    for words in ("Name (kanji)", "E-mail address (ID)", "Please fill this in."):
        assert words in refused
