"""A program that goes at a commit: before it or after it, at the one chosen beforehand (G4)."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest
from sqlalchemy.orm import Session

from base.db import transaction


class Killed(BaseException):
    """As if the machine had gone."""


class Failpoints:
    """Before and after each commit that these modules make; `left`: how many are passed before one ends everything."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> None:
        self.left: int | None = None
        for module in modules:
            monkeypatch.setattr(module, "transaction", self.transaction)

    def _pass(self) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            raise Killed

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with transaction() as session:
            yield session
            self._pass()
        self._pass()
