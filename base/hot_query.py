"""A query that every request runs: SQLAlchemy writes it once, from then on the driver runs it."""

from collections import namedtuple
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Engine, Select
from sqlalchemy.exc import OperationalError

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Written:
    """`names`: of the placeholders in their order, None where the driver takes them by name; `reads`: of the columns that need it."""

    sql: str
    names: tuple[str, ...] | None
    fixed: Mapping[str, Any]
    binds: Mapping[str, Convert]
    reads: tuple[tuple[int, Convert], ...]
    row: Callable[..., Any]

    def parameters(self, values: Mapping[str, Any]) -> Any:
        found = {**self.fixed, **values}
        for name, bind in self.binds.items():
            found[name] = bind(found[name])
        return found if self.names is None else tuple(found[name] for name in self.names)

    def read(self, columns: list[Any]) -> Any:
        for place, convert in self.reads:
            columns[place] = convert(columns[place])
        return self.row(*columns)


def _written(statement: Select[Any], dialect: Dialect, values: Mapping[str, Any]) -> _Written:
    compiled = statement.compile(dialect=dialect)
    types = {name: bind.type.dialect_impl(dialect) for name, bind in compiled.binds.items()}
    binds = {name: convert for name, kind in types.items() if (convert := kind.bind_processor(dialect))}
    columns = [column.type.dialect_impl(dialect) for column in statement.selected_columns]
    reads = [(place, kind.result_processor(dialect, None)) for place, kind in enumerate(columns)]
    return _Written(
        sql=str(compiled),
        names=tuple(compiled.positiontup) if compiled.positiontup is not None else None,
        fixed=compiled.construct_params(values),
        binds=binds,
        reads=tuple((place, convert) for place, convert in reads if convert),
        row=namedtuple("HotRow", statement.selected_columns.keys()),  # noqa: PYI024 - its fields are the statement's
    )


class HotQuery:
    """For one engine, always with values of the same names: no session, no transaction, nothing compiled or looked up."""

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._written: _Written | None = None

    def first(self, engine: Engine, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row as the driver gives it, or None: equal as long as nothing in it has changed."""
        written = self._written = self._written or _written(self._statement, engine.dialect, values)
        driver_error = engine.dialect.loaded_dbapi.Error
        try:
            connection = engine.raw_connection()
        except driver_error as fault:
            # A pool hands the driver's own words on: the error pages know SQLAlchemy's (B10).
            raise OperationalError("connect", None, fault) from fault
        try:
            cursor = connection.cursor()
            cursor.execute(written.sql, written.parameters(values))
            found = cursor.fetchone()
        except driver_error as fault:
            connection.invalidate(fault)
            return self._once_more(engine, values)
        finally:
            connection.close()
        return found and tuple(found)

    def read(self, raw: tuple[Any, ...]) -> Any:
        """A row with its columns by name, as SQLAlchemy reads them."""
        assert self._written
        return self._written.read(list(raw))

    def _once_more(self, engine: Engine, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Over a line that is no longer dead, or with the fault that the error pages know: SQLAlchemy tells which."""
        assert self._written
        with engine.connect() as connection:
            found = connection.exec_driver_sql(self._written.sql, self._written.parameters(values)).first()
        return found and tuple(found)
