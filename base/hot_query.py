"""A query that every request runs: SQLAlchemy writes it once, from then on the driver runs it."""

from collections import namedtuple
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self
from weakref import finalize

from sqlalchemy import Dialect, Engine, Select, event
from sqlalchemy.exc import OperationalError

MOST_LINES = 8

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Written:
    """`fixed`: parameters in their order with None in the places of `live`, or by name where the driver takes them so."""

    sql: str
    fixed: list[Any] | dict[str, Any]
    live: tuple[tuple[Any, str], ...]
    binds: tuple[tuple[str, Convert], ...]
    reads: tuple[tuple[int, Convert], ...]
    row: Callable[..., Any]

    @classmethod
    def of(cls, statement: Select[Any], dialect: Dialect, values: Mapping[str, Any]) -> Self:
        compiled = statement.compile(dialect=dialect)
        kinds = {name: bind.type.dialect_impl(dialect) for name, bind in compiled.binds.items()}
        binds = {name: convert for name, kind in kinds.items() if (convert := kind.bind_processor(dialect))}
        constant = {
            name: binds[name](value) if name in binds else value
            for name, value in compiled.construct_params(values).items()
            if name not in values
        }
        columns = [column.type.dialect_impl(dialect) for column in statement.selected_columns]
        reads = [(place, kind.result_processor(dialect, None)) for place, kind in enumerate(columns)]
        order = compiled.positiontup
        return cls(
            sql=str(compiled),
            fixed=constant if order is None else [constant.get(name) for name in order],
            live=tuple((each, each) for each in values)
            if order is None
            else tuple((place, name) for place, name in enumerate(order) if name in values),
            binds=tuple((name, binds[name]) for name in values if name in binds),
            reads=tuple((place, convert) for place, convert in reads if convert),
            row=namedtuple("HotRow", statement.selected_columns.keys()),  # noqa: PYI024 - its fields are the statement's
        )

    def parameters(self, values: Mapping[str, Any]) -> Any:
        given, found = {**values}, self.fixed.copy()
        for name, bind in self.binds:
            given[name] = bind(given[name])
        for place, name in self.live:
            found[place] = given[name]
        return tuple(found) if isinstance(found, list) else found

    def read(self, columns: list[Any]) -> Any:
        for place, convert in self.reads:
            columns[place] = convert(columns[place])
        return self.row(*columns)


def _close(lines: list[Any]) -> None:
    while lines:
        lines.pop().close()


def _new_line(engine: Engine, driver_error: type[Exception]) -> Any:
    """A connection of our own, set up as the pool sets its own up, in which no statement leaves a transaction open."""
    try:
        borrowed = engine.raw_connection()
    except driver_error as fault:
        # A pool hands the driver's own words on: the error pages know SQLAlchemy's (B10).
        raise OperationalError("connect", None, fault) from fault
    line: Any = borrowed.dbapi_connection
    borrowed.detach()
    if hasattr(line, "autocommit"):
        line.autocommit = True
    return line


class HotQuery:
    """For one engine, always with values of the same names: no session, no pool, nothing compiled or looked up.

    Its lines to the database are its own, as many as requests ran at once; the driver's word is the only one on whether one still lives.
    """

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._written: _Written | None = None
        self._lines: list[Any] = []
        finalize(self, _close, self._lines)

    def first(self, engine: Engine, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row as the driver gives it, or None: equal as long as nothing in it has changed."""
        written = self._written or self._begin(engine, values)
        parameters, driver_error = written.parameters(values), engine.dialect.loaded_dbapi.Error
        try:
            line = self._lines.pop()
        except IndexError:
            line = _new_line(engine, driver_error)
        try:
            cursor = line.cursor()
            cursor.execute(written.sql, parameters)
            found = cursor.fetchone()
        except driver_error:
            line.close()
            # What ended this one has ended the others, too.
            _close(self._lines)
            return self._once_more(engine, written.sql, parameters)
        self._put_back(line)
        return found and tuple(found)

    def read(self, raw: tuple[Any, ...]) -> Any:
        """A row with its columns by name, as SQLAlchemy reads them."""
        assert self._written
        return self._written.read(list(raw))

    def _begin(self, engine: Engine, values: Mapping[str, Any]) -> _Written:
        lines = self._lines
        event.listen(engine, "engine_disposed", lambda _: _close(lines))
        self._written = _Written.of(self._statement, engine.dialect, values)
        return self._written

    def _put_back(self, line: Any) -> None:
        if len(self._lines) < MOST_LINES:
            self._lines.append(line)
        else:
            line.close()

    @staticmethod
    def _once_more(engine: Engine, sql: str, parameters: Any) -> tuple[Any, ...] | None:
        """Over a line that is no longer dead, or with the fault that the error pages know: SQLAlchemy tells which."""
        with engine.connect() as connection:
            found = connection.exec_driver_sql(sql, parameters).first()
        return found and tuple(found)
