"""How far an organization's answers are, drawn: pieces of one bar, in the order of the answers (R9-5)."""

from dataclasses import dataclass

from rights.inventory.rules import Standing, Tally

DRAWN = (Standing.KEEP, Standing.CHANGE, Standing.REMOVE, Standing.GONE)
WHOLE = 100.0


@dataclass(frozen=True, slots=True)
class Piece:
    """From `x` on, `width` of a hundred."""

    standing: Standing
    x: float
    width: float


def pieces_of(tally: Tally) -> tuple[Piece, ...]:
    """What is unanswered stays empty; whoever is counted can be seen."""
    pieces, x = [], 0.0
    for standing in DRAWN:
        width = WHOLE * tally.counts.get(standing, 0) / tally.people if tally.people else 0.0
        if width:
            pieces.append(Piece(standing, round(x, 2), round(width, 2)))
        x += width
    return tuple(pieces)
