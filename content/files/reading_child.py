"""A program of its own that reads one hostile file: `python -m content.files.reading_child EXTENSION CPU_SECONDS MEMORY_BYTES < FILE`.

Its answer is the text, a NUL, and the reason where there is one. Whatever happens to it happens to it alone (E5).
"""

import logging
import os
import resource
import signal
import sys
import warnings
from typing import IO

from base.refusals import Refused
from content.files.words import words_of

END = "\0"
NO_MEMORY = "大きすぎるか複雑すぎるため、読み取れません。"
BROKEN_FILE = "壊れているため、読み取れません。"


def limit(cpu_seconds: int, memory: int) -> None:
    """From here on: so much CPU and memory, no new file, no core, and after everybody else's work."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The default ends the program there and then; what was written before stays read.
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    os.nice(10)


def tell(extension: str, file: IO[bytes], answer: IO[str]) -> None:
    """Write what there is piece by piece, so that what was read before an end by force isn't lost."""
    reason = ""
    try:
        for piece in words_of(extension, file):
            answer.write(piece)
            answer.flush()
    except Refused as refusal:
        reason = refusal.reason
    except MemoryError:
        reason = NO_MEMORY
    except Exception:  # noqa: BLE001 - a parser may fail in any way on a file made to break it
        reason = BROKEN_FILE
    answer.write(END + reason)


def main(extension: str, cpu_seconds: str, memory: str) -> None:
    limit(int(cpu_seconds), int(memory))
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    with os.fdopen(sys.stdin.fileno(), "rb", closefd=False) as file:
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr] # a text stream here
        tell(extension, file, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
