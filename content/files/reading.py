"""Reads a file in a program of its own, within limits, and says what came of it (R7-5, E5)."""

import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, BinaryIO

from content.files.reading_child import END, NO_MEMORY
from content.files.words import LONGEST_TEXT

ROOT = Path(__file__).resolve().parents[2]
CHILD = "content.files.reading_child"
BARE = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
PICTURE = "文字として読み取れるところがありません(画像だけのファイルなど)。"
CUT_SHORT = "読み取りに時間がかかりすぎるため、途中までを検索の対象にしています。"
TOO_SLOW = "読み取りに時間がかかりすぎるため、読み取れません。"
CUT_OFF = "長いため、先頭の1,000,000文字までを検索の対象にしています。"


class TextState(StrEnum):
    READ = "read"
    EMPTY = "empty"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: CPU seconds, bytes of memory, seconds on the clock."""

    cpu_seconds: int = 60
    memory: int = 768 << 20
    seconds: float = 180


@dataclass(frozen=True, slots=True)
class FoundText:
    """`why_not`: why there is no text, or not all of it; for staff."""

    state: TextState
    text: str = ""
    why_not: str | None = None


def read_apart(extension: str, content: BinaryIO, limits: Limits | None = None) -> FoundText:
    """What a file says. The one who asks lives on, whatever is in it."""
    limits = limits or Limits()
    with tempfile.TemporaryFile() as file:
        shutil.copyfileobj(content, file)
        file.seek(0)
        return judged(*_answer(extension, file, limits))


def _answer(extension: str, file: IO[bytes], limits: Limits) -> tuple[str, bool]:
    """What the child wrote, and whether it ran out of time. It gets no setting and no secret of ours."""
    command = [sys.executable, "-B", "-E", "-s", "-m", CHILD, extension, str(limits.cpu_seconds), str(limits.memory)]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, stdin=file, stdout=pipe, stderr=nowhere, cwd=ROOT, env=BARE) as child:  # noqa: S603 - ours; the file is its input
        try:
            written, is_late = child.communicate(timeout=limits.seconds)[0], False
        except subprocess.TimeoutExpired:
            child.kill()
            written, is_late = child.communicate()[0], True
    is_late = is_late or child.returncode == -signal.SIGXCPU
    return written.decode("utf-8", errors="ignore"), is_late


def judged(answer: str, is_late: bool) -> FoundText:  # noqa: FBT001 - as the child's end is told
    text, end, reason = answer.partition(END)
    text = text.strip()
    if is_late:
        return FoundText(TextState.READ, text, CUT_SHORT) if text else FoundText(TextState.FAILED, "", TOO_SLOW)
    if not end:
        # It died without a word: of its memory limit, or of the file.
        return FoundText(TextState.FAILED, "", NO_MEMORY)
    if reason:
        return FoundText(TextState.FAILED, "", reason)
    if not text:
        return FoundText(TextState.EMPTY, "", PICTURE)
    return FoundText(TextState.READ, text, CUT_OFF if len(text) == LONGEST_TEXT else None)
