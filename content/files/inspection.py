"""How much of one upload may be looked into: what is packed in it counts too, at every depth (E5)."""

from base.refusals import Refused
from base.sentences import say

INSPECTED_BYTES = 250_000_000
PIECE_BYTES = 1 << 10


class Budget:
    """The bytes that may still be unpacked and read while one upload is judged."""

    def __init__(self, remaining: int = INSPECTED_BYTES) -> None:
        self.remaining = remaining

    def spend(self, amount: int) -> None:
        """Count a piece; even an empty one costs time. Refused when nothing is left."""
        self.remaining -= amount + PIECE_BYTES
        if self.remaining < 0:
            raise Refused(say("中身が大きすぎて確認できないため、掲載できません。ファイルを分けてください。"))
