"""What two texts have in common, found within bounds (E17): for some texts comparing would take minutes."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import accumulate

# Pairs of equal elements that may be looked at: a fraction of a second.
MOST_WORK = 400_000


class TooMuchToCompareError(Exception):
    """Where so much is repeated and so little stays in a row."""


class Matcher(SequenceMatcher[str]):
    """`most`: the work that it may take; what is `left` of it may be given to the next."""

    def __init__(
        self, before: Sequence[str], after: Sequence[str], most: int = MOST_WORK, *, autojunk: bool = True
    ) -> None:
        super().__init__(None, before, after, autojunk)
        self.left = most
        partners = (1 + len(self.b2j.get(each, ())) for each in before)  # type: ignore[attr-defined] # documented as an attribute
        self._work_upto = list(accumulate(partners, initial=0))

    def find_longest_match(self, alo=0, ahi=None, blo=0, bhi=None):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201 - as the standard library has it
        """Each look goes through all partners of the elements between."""
        end = len(self._work_upto) - 1 if ahi is None else ahi
        self.left -= self._work_upto[end] - self._work_upto[alo]
        if self.left < 0:
            raise TooMuchToCompareError
        return super().find_longest_match(alo, ahi, blo, bhi)
