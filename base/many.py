"""Many rows in one parameter: bound one by one, thousands of them cost more than the database's own work."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Dialect, Select, Text, TypeDecorator, bindparam, cast, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


class _Json(TypeDecorator[Any]):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str:
        return json.dumps(value)


class _Elements(FunctionElement[Any]):
    """Of a JSON array, as rows with a column `value`."""

    name = "elements"
    inherit_cache = True


@compiles(_Elements, "sqlite")
def _by_sqlite(element: _Elements, compiler: SQLCompiler, **given: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **given)})"


@compiles(_Elements, "postgresql")
def _by_postgresql(element: _Elements, compiler: SQLCompiler, **given: Any) -> str:
    return f"json_array_elements(CAST({compiler.process(element.clauses, **given)} AS JSON))"


def given_rows(name: str, columns: Mapping[str, TypeEngine[Any]]) -> Select[Any]:
    """The rows that the parameter `name` holds, each of them a list: its values are these columns, in their order."""
    each = _Elements(bindparam(name, type_=_Json())).table_valued("value")
    return select(
        *(cast(each.c.value.op("->>")(place), kind).label(label) for place, (label, kind) in enumerate(columns.items()))
    )
