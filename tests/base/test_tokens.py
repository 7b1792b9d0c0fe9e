import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer

from base.tokens import LONGEST, TokenDesk, TokenFault, TokenForged, TokenMalformed, TokenMisfit
from tests.mutations import EXAMPLES, mutated

OLD_KEY, NEW_KEY, OTHER_KEY = "o" * 43, "n" * 43, "x" * 43
FIELDS = ("public_id", "version")
DESK = TokenDesk([NEW_KEY], "verify", FIELDS)
TOKEN = DESK.make(public_id="7QK2M0ABCDEF", version=3)
CONTENT: dict[str, str | int] = {"public_id": "7QK2M0ABCDEF", "version": 3}
FLIPPED = [(place, bit) for place in range(len(TOKEN)) for bit in range(8)]


def test_a_token_holds_what_was_put_in() -> None:
    assert DESK.read(TOKEN) == CONTENT


def test_a_flipped_bit_anywhere_is_refused() -> None:
    """D2: every bit of every character."""
    for place, bit in FLIPPED:
        odd = TOKEN[:place] + chr(ord(TOKEN[place]) ^ (1 << bit)) + TOKEN[place + 1 :]
        with pytest.raises(TokenFault):
            DESK.read(odd)


@EXAMPLES
@given(odd=mutated([TOKEN.encode()]))
def test_a_mutated_token_is_refused(odd: bytes) -> None:
    """D2."""
    with pytest.raises(TokenFault):
        DESK.read(odd.decode("latin-1"))


@EXAMPLES
@given(odd=st.text(max_size=LONGEST + 20))
def test_any_text_is_refused_in_one_of_three_ways(odd: str) -> None:
    """D2."""
    with pytest.raises(TokenFault):
        DESK.read(odd)


@pytest.mark.parametrize(
    "odd",
    ["", ".", "..", "a.b", TOKEN + ".", "." + TOKEN, TOKEN + "=", TOKEN + " ", " " + TOKEN, TOKEN + "\n", TOKEN * 2],
)
def test_a_token_with_something_beside_it_is_refused(odd: str) -> None:
    """D2."""
    with pytest.raises(TokenFault):
        DESK.read(odd)


@pytest.mark.parametrize(
    "desk", [TokenDesk([NEW_KEY], "reset", FIELDS), TokenDesk([OTHER_KEY], "verify", FIELDS)], ids=["purpose", "key"]
)
def test_a_token_for_another_purpose_or_of_another_key_is_forged(desk: TokenDesk) -> None:
    """D2."""
    with pytest.raises(TokenForged):
        desk.read(TOKEN)


@pytest.mark.parametrize(
    "foreign",
    [
        URLSafeSerializer(NEW_KEY).dumps(["7QK2M0ABCDEF", 3]),
        URLSafeSerializer(NEW_KEY, salt="portal.verify").dumps(["7QK2M0ABCDEF", 3]),
        str(URLSafeTimedSerializer(NEW_KEY, salt="portal.verify").dumps(["7QK2M0ABCDEF", 3])),
        "eyJhbGciOiJub25lIn0.eyJwdWJsaWNfaWQiOiI3UUsyTTAifQ.",
    ],
    ids=["no purpose", "other derivation", "with a time", "algorithm none"],
)
def test_no_other_way_to_sign_is_believed(foreign: str) -> None:
    """D2."""
    with pytest.raises(TokenFault):
        DESK.read(foreign)


def test_a_new_key_signs_and_the_old_one_still_verifies() -> None:
    """D9."""
    old = TokenDesk([OLD_KEY], "verify", FIELDS).make(public_id="A", version=1)
    rotated = TokenDesk([NEW_KEY, OLD_KEY], "verify", FIELDS)
    assert rotated.read(old) == {"public_id": "A", "version": 1}
    assert rotated.make(**CONTENT) == TOKEN
    with pytest.raises(TokenForged):
        DESK.read(old)


def test_a_token_of_ours_with_other_fields_is_a_misfit() -> None:
    """D2."""
    wide = TokenDesk([NEW_KEY], "verify", ("public_id", "version", "more"))
    with pytest.raises(TokenMisfit):
        wide.read(TOKEN)
    with pytest.raises(TokenMisfit):
        DESK.read(wide.make(public_id="A", version=1, more="x"))


@pytest.mark.parametrize("long", ["a" * 150, "0123456789abcdef" * 8])
def test_long_and_repetitive_content_comes_back(long: str) -> None:
    """D2: our own token is never taken for a malformed one."""
    assert DESK.read(DESK.make(public_id=long, version=1))["public_id"] == long


def test_a_token_longer_than_can_be_read_is_never_made() -> None:
    with pytest.raises(ValueError, match="at most"):
        DESK.make(public_id="a" * LONGEST, version=1)
    with pytest.raises(TokenMalformed):
        DESK.read("a" * LONGEST + ".b")


def test_a_token_needs_its_fields_in_their_order() -> None:
    with pytest.raises(ValueError, match="holds"):
        DESK.make(version=3, public_id="7QK2M0ABCDEF")


def test_a_fault_tells_nothing_of_the_token() -> None:
    """D8: the trace of a fault goes into the log."""
    with pytest.raises(TokenForged) as fault:
        TokenDesk([OTHER_KEY], "verify", FIELDS).read(TOKEN)
    assert str(fault.value) == ""
    assert fault.value.__suppress_context__
