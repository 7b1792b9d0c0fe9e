"""Numbers of requests, counted per organization and month so that they tell nothing about others."""

from collections.abc import Mapping
from datetime import date

from rights.request_states import RequestKind

LETTERS: Mapping[RequestKind, str] = {RequestKind.NEW: "N", RequestKind.CHANGE: "C", RequestKind.REMOVAL: "R"}


def request_number(kind: RequestKind, on: date, sequence: int) -> str:
    """As N-2611-0142: the 142nd request of its organization in November 2026."""
    if sequence < 1:
        raise ValueError(f"requests are counted from 1, not {sequence}")
    return f"{LETTERS[kind]}-{on:%y%m}-{sequence:04d}"
