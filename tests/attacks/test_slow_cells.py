"""Whatever somebody typed comes out as CSV in a moment (E7, E17)."""

import time

import pytest

from base.csv_out import cell

SECONDS = 1.0


@pytest.mark.parametrize("filling", ["\t", ";", "\t ", "; ", "\r\n", "\u200b", "\n\u3000", "=;", "\t\u200b="])
def test_a_cell_of_what_may_part_cells_is_written_at_once(filling: str) -> None:
    """E17: a hundred thousand tabs took a minute."""
    text = filling * (100_000 // len(filling))
    begun = time.process_time()
    cell(text)
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize("text", ["a;\t=1", "a;=1", "a\t \t=1", "a\r\n =1", "a; ;\u200b＝1", "a;;=1"])
def test_wherever_a_spreadsheet_parts_it_no_part_is_a_formula(text: str) -> None:
    """E7: whichever of the signs are taken to part cells."""
    written = cell(text)
    for parting in (";", "\t", "\n", ";\t", "\r\n", ";\t\r\n"):
        parts = [written]
        for sign in parting:
            parts = [part for each in parts for part in each.split(sign)]
        assert not any(part.strip(" \t\r\n;\u200b\u3000").startswith(("=", "＝")) for part in parts)
