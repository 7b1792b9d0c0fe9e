"""Every line that the code can write into the trail has words, in both languages."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from babel.messages.pofile import read_po

from auth.identity import Lapse
from auth.models import LOCK_REASONS
from desk.audit_lines import OURSELVES, SUBJECTS
from desk.audit_words import ACTIONS, FACTS, GROUPS, VALUES, action_words, fact_words, groups_in_use, value_words
from tests.test_floors import CODE, functions_of, short, tree_of
from tests.test_look import SITE

Function = ast.FunctionDef | ast.AsyncFunctionDef
Recorder = tuple[str, str]  # file (empty: known everywhere), function
RECORD: dict[Recorder, int] = {("", "record"): 1, ("", "audit_line"): 0}


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def argument(call: ast.Call, position: int) -> ast.expr | None:
    named = [keyword.value for keyword in call.keywords if keyword.arg == "action"]
    return named[0] if named else (call.args[position] if len(call.args) > position else None)


def assigned_in(where: ast.AST, name: str) -> list[ast.expr]:
    found: list[ast.expr] = []
    for node in ast.walk(where):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name and node.value:
            found.append(node.value)
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == name:
                    found.append(node.value)
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = zip(target.elts, node.value.elts, strict=False)
                    found += [value for each, value in pairs if isinstance(each, ast.Name) and each.id == name]
    return found


class Trail:
    """Follows the action of each `record` through the functions that hand it on, up to the text in the code."""

    def __init__(self) -> None:
        self.actions: dict[str, set[str]] = defaultdict(set)
        self.unknown: list[str] = []
        known: dict[Recorder, int] = {}
        fresh = dict(RECORD)
        while fresh:
            known |= fresh
            fresh = {each: at for each, at in self._handed_on(known).items() if each not in known}

    def _handed_on(self, known: dict[Recorder, int]) -> dict[Recorder, int]:
        found: dict[Recorder, int] = {}
        for path in (path for path in CODE if short(path) != "base/audit.py"):
            tree = tree_of(path)
            for function in functions_of(tree):
                for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                    at = known.get(("", name_of(call)), known.get((short(path), name_of(call))))
                    action = None if at is None else argument(call, at)
                    handed = self._texts(short(path), tree, function, action) if action else []
                    file = short(path) if function.name.startswith("_") else ""
                    found.update(((file, function.name), place) for place in handed)
        return found

    def _texts(self, file: str, tree: ast.Module, function: Function, action: ast.expr) -> list[int]:
        """Notes the texts that the action may be; answers at which place the function takes it, where it does."""
        if isinstance(action, ast.Constant) and isinstance(action.value, str):
            self.actions[action.value].add(file)
            return []
        names = [each.arg for each in [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]]
        if isinstance(action, ast.Name) and action.id in names:
            return [names.index(action.id)]
        parts = list(parts_of(action, function, tree))
        if not parts:
            self.unknown.append(f"{file}: {function.name}: {ast.unparse(action)}")
        return [place for part in parts for place in self._texts(file, tree, function, part)]


def parts_of(action: ast.expr, function: Function, tree: ast.Module) -> Iterator[ast.expr]:
    """What a choice, a name or a table can come to."""
    if isinstance(action, ast.IfExp):
        yield from (action.body, action.orelse)
    elif isinstance(action, ast.Name):
        yield from assigned_in(function, action.id) or assigned_in(tree, action.id)
    elif isinstance(action, ast.Dict):
        yield from action.values
    elif isinstance(action, ast.Subscript):
        yield action.value
    elif isinstance(action, ast.Call) and isinstance(action.func, ast.Attribute) and action.func.attr == "get":
        yield from (action.func.value, *action.args[1:])


@pytest.fixture(scope="module")
def trail() -> Trail:
    return Trail()


def test_every_action_that_is_recorded_has_words(trail: Trail) -> None:
    """R8-1: spelt out in the code, and called something in `desk/audit_words.py`."""
    assert trail.unknown == [], "the action has to be a text in the code"
    assert {action: files for action, files in trail.actions.items() if action not in ACTIONS} == {}
    assert len(trail.actions) > 25


def test_no_words_are_left_of_what_nobody_records(trail: Trail) -> None:
    assert set(ACTIONS) - set(trail.actions) == set()


def test_every_action_has_a_kind_and_only_kinds_with_actions_are_offered() -> None:
    """R6-8: whatever can be chosen on the screen can be found."""
    kinds = {kind for kind, _label in ACTIONS.values()}
    assert kinds <= set(GROUPS)
    assert set(groups_in_use()) == kinds


def test_what_the_door_says_of_itself_has_words() -> None:
    """R6-8: why a session lapsed, why an account was locked."""
    assert {str(lapse) for lapse in Lapse} | set(LOCK_REASONS) <= set(VALUES)


def test_the_words_of_the_trail_speak_english_too() -> None:
    with (SITE / "translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        known = {message.id for message in read_po(file, locale="en") if message.string}
    labels = {label for _kind, label in ACTIONS.values()}
    ours = labels | {*GROUPS.values(), *FACTS.values(), *VALUES.values(), *OURSELVES.values(), *SUBJECTS.values()}
    assert ours - known == set()


def test_an_action_without_words_is_shown_as_it_is() -> None:
    assert action_words("something.new") == ("", "something.new")
    assert fact_words("something_new") == "something_new"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("why", "wrong password", "パスワードの誤り"),
        ("memo", "wrong password", "wrong password"),
        ("told", False, "いいえ"),
        ("memo", None, "–"),
        ("mails", ["a", "b"], "a、b"),
        ("x", {"memo": "急ぎ", "told": True}, "申請メモ:急ぎ、ロック中と伝えた:はい"),
        ("phoned_at", str(datetime(2026, 11, 22, 13, 30, 5, tzinfo=UTC)), "2026/11/22(日) 22:30:05"),
        ("phoned_at", "2026-11-22 13:30:05.250000+00:00", "2026/11/22(日) 22:30:05"),
        ("processing_date", "2026-12-01", "2026/12/01(火)"),
        ("number", "2026-12", "2026-12"),
        ("phoned_at", "2026-13-45", "2026-13-45"),
        ("revision", 3, "3"),
    ],
)
def test_a_fact_is_shown_as_people_read_it(name: str, value: Any, shown: str) -> None:
    """R8-1, R8-2: no JSON, every day with its weekday; what somebody typed is never taken for our own words."""
    assert value_words(name, value, str) == shown
