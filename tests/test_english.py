"""The English interface: no screen speaks Japanese to whoever chose English, but for names and for what people wrote."""

import ast
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from app import create_app
from auth.models import User
from base import clock
from base.db import transaction
from base.form_keys import new_form_key
from tests.browsing import Visitor
from tests.cast import make_cast
from tests.english import JAPANESE, japanese_in, roman, romanize
from tests.hidden import Hidden, hidden_rows
from tests.journeys.stock import stocked
from tests.journeys.test_screens import ADMINISTRATOR, BEFORE_LOGIN, MANAGER, READER, STAFF
from tests.settings import settings_for
from tests.test_floors import CODE, short, tree_of
from tests.test_routes import Crowd, audience_at, presses_of

ENGLISH = {"Accept-Language": "en"}


@dataclass(frozen=True, slots=True)
class House:
    """One for all tests here: its templates are read once."""

    app: Flask
    crowd: Crowd
    names: dict[str, str]
    hidden: Hidden


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder, now = tmp_path_factory.mktemp("english"), datetime.now(UTC)
    shutil.copyfile(sqlite_template, folder / "portal.db")
    clock.use(lambda: now)
    app = create_app(settings_for(f"sqlite:///{folder}/portal.db", folder))
    with app.app_context(), transaction() as session:
        cast = make_cast(session)
    stock = stocked(app, cast)
    with app.app_context(), transaction() as session:
        hidden = hidden_rows(session, cast)
        romanize(session)
        session.execute(update(User).values(language="en"))
    yield House(app, Crowd(app, cast), {name: getattr(stock, name) for name in stock.__slots__}, hidden)
    clock.use(clock.system_time)
    with app.app_context():
        app.extensions["sqlalchemy"].session.remove()
        app.extensions["sqlalchemy"].engine.dispose()


def test_before_the_login(house: House) -> None:
    """R6-9, R8-3: in the language that the browser asks for."""
    odd = []
    for client in (house.crowd.cast.higashi_reader.client, None):
        stranger = Visitor(house.app, client)
        for path in (*map(roman, BEFORE_LOGIN), "/self-check", "/nowhere"):
            answer = stranger.get(path.format(**house.names), headers=ENGLISH)
            odd += [f"{path}: {words}" for words in japanese_in(answer.text)]
    assert odd == []


def test_every_screen(house: House) -> None:
    """R8-3: names of pages, kinds, codes and states are translated too."""
    cast, odd = house.crowd.cast, []
    walks = ((cast.higashi_reader, READER), (cast.higashi_manager, MANAGER), (cast.reception, STAFF))
    for person, paths in (*walks, (cast.administrator, ADMINISTRATOR)):
        visitor = house.crowd.of(person)
        for path in map(roman, paths):
            odd += [f"{path}: {words}" for words in japanese_in(visitor.get(path.format(**house.names)).text)]
    assert odd == []


def test_whatever_is_refused_is_refused_in_english(house: House) -> None:
    """R8-3: every press with a form that says nothing."""
    tokens, odd = dict[str, str](), []
    for rule, _method in presses_of(house.app):
        who = audience_at(house.app, rule)
        if rule.endpoint in {"auth.log_out", "auth.log_in"}:
            continue
        visitor = house.crowd.of_audience(who)
        tokens[str(who)] = tokens.get(str(who)) or house.crowd.token(visitor)
        sent = {"csrf_token": tokens[str(who)], "form_key": new_form_key()}
        answer = visitor.post(house.hidden.path(rule), sent, headers=ENGLISH)
        odd += [f"{rule.rule} {answer.status_code}: {words}" for words in japanese_in(answer.text)]
    assert odd == []


SAID = {"say", "_", "gettext", "ngettext", "lazy_gettext"}
# Read in a process of their own, looked up whole where they are shown.
BY_ITSELF = {"content/files/words.py", "content/files/pdf_words.py"}


def unsaid(node: ast.AST) -> Iterator[str]:
    """Japanese in an expression that no screen could say in English."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAID:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and JAPANESE.search(node.value):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from unsaid(child)


def test_a_refusal_is_a_sentence_that_screens_can_say() -> None:
    """R8-3: `say("…")` of base/sentences.py; a terminal speaks Japanese alone."""
    odd = []
    for path in CODE:
        if short(path) in BY_ITSELF or path.stem.endswith("_cli"):
            continue
        raised = (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Raise))
        odd += [f"{short(path)}: {words}" for node in raised for words in unsaid(node)]
    assert odd == []
