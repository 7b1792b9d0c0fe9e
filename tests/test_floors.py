"""The house rules that a machine can check: floors, sizes, names, one place that commits, one clock."""

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("base", "auth", "rights", "content", "desk")
BESIDE_THE_APP = ("demo",)
ABOVE = len(FLOORS)
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
MEDIAN_FUNCTION = 8
NINE_OF_TEN_FUNCTIONS = 25
FORBIDDEN = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "service",
    "services",
    "data",
    "info",
    "handle",
    "handler",
}
FORBIDDEN |= {"process", "misc", "common", "stuff", "tools", "do"}
# "processing" in 処理日 is the spec's own word; these names are the libraries'.
DICTATED = {"process_bind_param", "process_result_value", "handle_starttag", "handle_endtag", "handle_data"}
DICTATED |= {"handle_DATA", "handleMatch"}
CLOCK = "base/clock.py"
CLOCK_READS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}


def sources_of(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


CODE = [*sources_of(*FLOORS, *BESIDE_THE_APP), ROOT / "app.py"]
EVERYTHING = [*CODE, *sources_of("tests", "bench"), ROOT / "migrations" / "env.py"]


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def floor_of(name: str) -> int | None:
    """None for what is none of ours."""
    if name in FLOORS:
        return FLOORS.index(name)
    return ABOVE if name in {"app", *BESIDE_THE_APP} else None


def imports_of(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))


def imported(tree: ast.AST) -> Iterator[str]:
    for node in imports_of(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            assert node.level == 0, "a relative import hides its floor"
            yield node.module or ""


def functions_of(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines without the docstring; a factory of views isn't longer for the views it holds."""
    assert function.end_lineno is not None
    lines = function.end_lineno - function.lineno + 1
    inner = [node for node in functions_of(function) if node is not function]
    return lines - sum(length_of(node) for node in inner if node in function.body)


@pytest.mark.parametrize("path", CODE, ids=short)
def test_a_file_imports_only_from_its_own_floor_or_below(path: Path) -> None:
    own = floor_of(short(path).removesuffix(".py").split("/")[0])
    assert own is not None
    above = {name for name in imported(tree_of(path)) if (floor_of(name.split(".")[0]) or 0) > own}
    assert not above
    assert not {name for name in imported(tree_of(path)) if name.split(".")[0] in {"tests", "bench"}}


def test_the_floors_are_not_empty() -> None:
    """Else the test above would prove nothing."""
    assert len(CODE) > 50
    assert {floor_of(short(path).split("/")[0].removesuffix(".py")) for path in CODE} >= {0, 1, 2, 3, ABOVE}


def test_the_site_holds_no_python() -> None:
    assert not list((ROOT / "site").rglob("*.py"))


def test_package_files_are_empty() -> None:
    inits = [*sources_of(*FLOORS, *BESIDE_THE_APP, "tests", "bench")]
    assert not [short(path) for path in inits if path.name == "__init__.py" and path.read_text() != ""]


def test_every_folder_of_tests_is_a_package() -> None:
    """Else `tests/auth` would stand before `auth`."""
    folders = {path.parent for path in sources_of("tests")}
    assert not [short(folder) for folder in folders if not (folder / "__init__.py").exists()]


def test_one_place_commits() -> None:
    found = [short(path) for path in CODE for _ in re.findall(r"\.commit\(", path.read_text(encoding="utf-8"))]
    assert found == ["base/db.py"]


@pytest.mark.parametrize("path", EVERYTHING, ids=short)
def test_imports_stand_at_the_top(path: Path) -> None:
    inside = [node.lineno for function in functions_of(tree_of(path)) for node in imports_of(function)]
    assert not inside


@pytest.mark.parametrize("path", CODE, ids=short)
def test_files_and_functions_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
    assert not [one.name for one in functions_of(tree_of(path)) if length_of(one) > LONGEST_FUNCTION]


def test_most_functions_are_very_short() -> None:
    lengths = sorted(length_of(one) for path in CODE for one in functions_of(tree_of(path)))
    assert statistics.median(lengths) <= MEDIAN_FUNCTION
    assert lengths[len(lengths) * 9 // 10] <= NINE_OF_TEN_FUNCTIONS


@pytest.mark.parametrize("path", CODE, ids=short)
def test_names_say_what_they_are(path: Path) -> None:
    assert path.stem not in FORBIDDEN
    names = {one.name.strip("_") for one in functions_of(tree_of(path))} - DICTATED
    assert not {name for name in names if name in FORBIDDEN or name.split("_")[0] in FORBIDDEN}


@pytest.mark.parametrize("path", [path for path in CODE if short(path) != CLOCK], ids=short)
def test_one_clock(path: Path) -> None:
    """R8-2."""
    calls = (node.func for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call))
    assert not {ast.unparse(call) for call in calls} & CLOCK_READS


@pytest.mark.parametrize("path", CODE, ids=short)
def test_operations_and_rules_read_no_request_and_no_clock(path: Path) -> None:
    """R8-2: below the views, time and person come as arguments."""
    if path.stem in {"models", "queries"} or path.stem.endswith(("_rules", "_queries", "_states", "_facts")):
        names = set(imported(tree_of(path)))
        assert not {name for name in names if name.split(".")[0] == "flask"}
        assert not {name for name in names if name.startswith("base.clock")}


@pytest.mark.parametrize("path", EVERYTHING, ids=short)
def test_nothing_is_left_for_later(path: Path) -> None:
    assert not re.findall(r"#.*\b(?:TO" r"DO|FIX" r"ME)\b", path.read_text(encoding="utf-8"))
