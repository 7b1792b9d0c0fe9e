"""The one-time password is derived, never stored, and forgives how it is written (R6-1)."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from auth.one_time_passwords import is_right_one_time_password, meant_by, one_time_password
from base.identifiers import CROCKFORD

KEYS = ["k" * 43, "old" * 15]
PAIR, ADDRESS = "7qk2m0abcdef", "0123456789abcdef"
HALF_WIDTH = "".join(map(chr, range(0x21, 0x7F)))
FULL_WIDTH = str.maketrans(HALF_WIDTH, "".join(map(chr, range(0xFF01, 0xFF5F))))


def test_it_is_two_groups_of_five_from_an_alphabet_without_look_alikes() -> None:
    """R6-1."""
    shown = one_time_password(KEYS, PAIR, ADDRESS)
    first, second = shown.split("-")
    assert (len(first), len(second)) == (5, 5)
    assert set((first + second).lower()) <= set(CROCKFORD)


@given(pair=st.text(CROCKFORD, min_size=12, max_size=12))
def test_it_is_read_as_people_write_it(pair: str) -> None:
    """R6-1: case, blanks, full width, O for 0, I and L for 1."""
    shown = one_time_password(KEYS, pair, ADDRESS)
    written = (
        shown.lower(),
        shown.replace("-", ""),
        f"  {shown[:3]} {shown[3:]}　",
        shown.translate(FULL_WIDTH),
        shown.replace("0", "O").replace("1", "I"),
        shown.replace("0", "o").replace("1", "l"),
        unicodedata.normalize("NFD", shown).replace("-", "−"),
    )
    assert [text for text in written if not is_right_one_time_password(KEYS, pair, ADDRESS, text)] == []


@given(place=st.integers(0, 9), sign=st.sampled_from(CROCKFORD))
def test_one_sign_off_is_wrong(place: int, sign: str) -> None:
    right = meant_by(one_time_password(KEYS, PAIR, ADDRESS))
    changed = right[:place] + sign + right[place + 1 :]
    assert is_right_one_time_password(KEYS, PAIR, ADDRESS, changed) is (changed == right)


def test_it_fits_one_pair_one_address_and_our_keys() -> None:
    """R6-1, D2, D9: an older key of the list still verifies, a stranger's never."""
    shown = one_time_password(KEYS[1:], PAIR, ADDRESS)
    assert is_right_one_time_password(KEYS, PAIR, ADDRESS, shown)
    assert not is_right_one_time_password(KEYS[:1], PAIR, ADDRESS, shown)
    assert not is_right_one_time_password(KEYS, "7qk2m0abcdeg", ADDRESS, shown)
    assert not is_right_one_time_password(KEYS, PAIR, "0123456789abcdee", shown)


@given(st.text(max_size=200))
def test_anything_typed_is_only_wrong(text: str) -> None:
    """C12: whatever it is, and however long."""
    assert not is_right_one_time_password(KEYS, PAIR, ADDRESS, text + "!" * 50)
