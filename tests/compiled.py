"""What every application of a run would compile anew: its templates, its addresses and its SQL are compiled once."""

from collections.abc import Callable
from types import CodeType
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

Build = Callable[..., tuple[str, str]]


class CompiledTemplates(BytecodeCache):
    """By the text of the template: a changed one is compiled again."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code:
            self._codes[bucket.key, bucket.checksum] = bucket.code


def compile_templates_once() -> None:
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledTemplates()}


def compile_addresses_once() -> None:
    """The function that builds an address is made of its parts alone, and gets the rule when it is called."""
    compiled: dict[Any, Build] = {}
    original = Rule._compile_builder

    def compile_builder(rule: Rule, append_unknown: bool = True) -> Build:  # noqa: FBT001, FBT002 - werkzeug's own
        if rule.defaults:
            return original(rule, append_unknown)
        key = (tuple(rule._trace), append_unknown)
        if key not in compiled:
            compiled[key] = original(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = compile_builder  # type: ignore[method-assign, assignment] # nothing else is as private and as dear


def compile_statements_once() -> None:
    """SQL is written for a database as it is spoken to, not for one engine: equal dialects share what was written."""
    written: LRUCache[Any, Any] = LRUCache(5000)

    def spoken(dialect: DefaultDialect) -> tuple[Any, ...]:
        return type(dialect), dialect.paramstyle, getattr(dialect, "server_version_info", None)

    def is_same(dialect: DefaultDialect, other: object) -> bool:
        return isinstance(other, DefaultDialect) and spoken(dialect) == spoken(other)

    DefaultDialect.__eq__ = is_same  # type: ignore[method-assign, assignment]
    DefaultDialect.__hash__ = lambda dialect: hash(type(dialect))  # type: ignore[method-assign, assignment]
    Engine._compiled_cache = property(lambda _engine: written, lambda _engine, _new: None)  # type: ignore[assignment]
