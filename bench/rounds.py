"""Two sides in one run: each round measures both and begins with another one, so that what the machine does meanwhile hits both."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Measure = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Figures:
    """One figure a round."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def __format__(self, spec: str) -> str:
        """The median, and in brackets the range."""
        return f"{self.median:{spec}} ({min(self.values):{spec}}–{max(self.values):{spec}})"


def per(top: Figures, bottom: Figures) -> Figures:
    """Round by round: what slows a whole round down is in both."""
    return Figures(tuple(above / below for above, below in zip(top.values, bottom.values, strict=True)))


def rotated(names: Sequence[str], rounds: int) -> Iterator[Sequence[str]]:
    for number in range(rounds):
        turn = number % len(names)
        yield [*names[turn:], *names[:turn]]


def interleaved(sides: Mapping[str, Measure], rounds: int) -> dict[str, Figures]:
    values: dict[str, list[float]] = {name: [] for name in sides}
    for order in rotated(list(sides), rounds):
        for name in order:
            values[name].append(sides[name]())
    return {name: Figures(tuple(figures)) for name, figures in values.items()}


def cpu_milliseconds(ask: Callable[[], object], times: int) -> float:
    """Of this process, each time."""
    began = time.process_time()
    for _ in range(times):
        ask()
    return (time.process_time() - began) / times * 1000
