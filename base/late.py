"""What few requests of few processes need is named at the top like everything else, and read at its first use.

A worker for the web grows by a library when somebody needs it, not at its start. Nothing is asked of a module's own attributes twice:
Python keeps what it has read, and locks while it reads.
"""

from importlib import import_module
from typing import Any


class Late:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)
