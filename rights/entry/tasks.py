"""What a person has to do, and the least right that allows all of it (R9-9). Read from the tables of R5-8 and R5-9."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from base.sentences import say
from rights.allowed import MAY_ENTER, MAY_NOT_ENTER, YES, AllowedRow
from rights.code_choices import AllowedTable
from rights.codes import System

NEEDS_APPROVAL = say("特例認可を受けた事業者だけが利用できます。")
ENTERING, VIEWING = say("登録"), say("照会")
_ENTERS, _VIEWS = frozenset({YES, MAY_ENTER}), frozenset({YES, MAY_ENTER, MAY_NOT_ENTER})


@dataclass(frozen=True, slots=True)
class Task:
    """`codes`: those that allow it. `words`: which half of a function that is entered by some and viewed by others."""

    key: str
    codes: frozenset[str]
    words: str = ""


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task as somebody of the organization may tick it; `refused`: why nobody there can have it."""

    task: Task
    refused: str = ""
    is_ticked: bool = False


@dataclass(frozen=True, slots=True)
class Chooser:
    """One system's table with its tasks. `suffices`: the codes that allow all that is ticked, the least first."""

    system: System
    columns: Sequence[str]
    rows: Sequence[tuple[AllowedRow, Sequence[TaskLine]]]
    order: Sequence[str]
    suffices: Sequence[str]

    @property
    def ticked(self) -> list[Task]:
        return [line.task for _, lines in self.rows for line in lines if line.is_ticked]

    @property
    def code(self) -> str | None:
        return self.suffices[0] if self.ticked and self.suffices else None


def chooser(system: System, table: AllowedTable, refused: Mapping[str, str], ticked: Collection[str]) -> Chooser:
    """`refused`: codes that the organization can't ask for, and why; no choice is offered among them."""
    tasks = [list(_tasks(system, number, row, table.columns)) for number, row in enumerate(table.rows, start=1)]
    order = _least_first([task for several in tasks for task in several], table.columns, refused)
    lines = [[_line(task, order, refused, ticked) for task in several] for several in tasks]
    chosen = [line.task for several in lines for line in several if line.is_ticked]
    return Chooser(
        system=system,
        columns=table.columns,
        rows=list(zip(table.rows, lines, strict=True)),
        order=order,
        suffices=[code for code in order if all(code in task.codes for task in chosen)],
    )


def _tasks(system: System, number: int, row: AllowedRow, columns: Sequence[str]) -> Iterator[Task]:
    key = f"{system.value}-{number}"
    if {MAY_ENTER, MAY_NOT_ENTER}.isdisjoint(row.marks):
        yield Task(key, _with(row, columns, _VIEWS))
    else:
        yield Task(f"{key}-enter", _with(row, columns, _ENTERS), ENTERING)
        yield Task(f"{key}-view", _with(row, columns, _VIEWS), VIEWING)


def _with(row: AllowedRow, columns: Sequence[str], marks: frozenset[str]) -> frozenset[str]:
    return frozenset(code for code, mark in zip(columns, row.marks, strict=True) if mark in marks)


def _least_first(tasks: Sequence[Task], columns: Sequence[str], refused: Mapping[str, str]) -> list[str]:
    """Whoever may do less stands first; among equals the table's order."""
    offered = [code for code in columns if code not in refused]
    return sorted(offered, key=lambda code: sum(code in task.codes for task in tasks))


def _line(task: Task, order: Sequence[str], refused: Mapping[str, str], ticked: Collection[str]) -> TaskLine:
    if not task.codes:
        return TaskLine(task, NEEDS_APPROVAL)
    if task.codes.isdisjoint(order):
        return TaskLine(task, next(refused[code] for code in refused if code in task.codes))
    return TaskLine(task, is_ticked=task.key in ticked)
