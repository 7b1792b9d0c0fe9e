import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.login_id import DOMAIN_SYMBOLS, LOCAL_SYMBOLS, fold, refusal_for
from base.refusals import Refused

LOCAL_LETTERS = st.text(string.ascii_letters + string.digits + LOCAL_SYMBOLS.replace(".", ""), min_size=1, max_size=60)
PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


def test_the_symbols_are_those_of_the_rule() -> None:
    """R5-6."""
    assert sorted(LOCAL_SYMBOLS) == sorted("-_.~$&'^`=")
    assert sorted(DOMAIN_SYMBOLS) == sorted("-.")


@given(LOCAL_LETTERS)
def test_every_allowed_sign_is_allowed(local: str) -> None:
    """R5-6."""
    assert refusal_for(f"{local}@higashi-gas.example") is None


@pytest.mark.parametrize("sign", sorted(set(PRINTABLE) - set(string.ascii_letters + string.digits)))
def test_every_other_sign_is_refused_by_name(sign: str) -> None:
    """R5-6: each printable ASCII sign, before and after the @."""
    before = refusal_for(f"ki{sign}ta@higashi-gas.example")
    after = refusal_for(f"kita@higashi{sign}gas.example")
    assert (before is None) == (sign in "-_.~$&'^`=")
    assert (after is None) == (sign in "-.")
    if sign not in "-_.~$&'^`=@":
        assert before is not None
        assert f"@の前に「{sign}」" in before


@pytest.mark.parametrize(
    "login_id",
    [
        "kitajima@higashi-gas.example",
        "Kitajima.Saburo@Higashi-Gas.example",
        "k@h.example",
        "1@2.example",
        "a=b&c$d'e^f`g~h_i-j@higashi-gas.co.example",
        "kita@xn--wgv71a.example",
        "a" * 64 + "@higashi-gas.example",
    ],
)
def test_a_good_address_is_taken(login_id: str) -> None:
    """R5-6."""
    assert refusal_for(login_id) is None


@pytest.mark.parametrize(
    ("login_id", "why"),
    [
        ("", "入力してください"),
        ("kita", "@の前後"),
        ("@higashi-gas.example", "@の前後"),
        ("kita@", "@の前後"),
        ("kita@@higashi-gas.example", "@の後に「@」"),
        ("kita@nishi.example@higashi-gas.example", "@の後に「@」"),
        ("kita+a@higashi-gas.example", "@の前に「+」"),
        ('"kita"@higashi-gas.example', '@の前に「"」'),
        ("kita@[192.0.2.1]", "@の後に「[」"),
        ("kita@higashi_gas.example", "@の後に「_」"),
        ("kita..saburo@higashi-gas.example", "届く形"),
        (".kita@higashi-gas.example", "届く形"),
        ("kita.@higashi-gas.example", "届く形"),
        ("kita@higashi-gas", "届く形"),
        ("kita@-higashi.example", "届く形"),
        ("kita@higashi-.example", "届く形"),
        ("kita@higashi..example", "届く形"),
        ("kita@.example", "届く形"),
        ("kita@higashi.example.", "届く形"),
        ("kita@192.0.2.1", "届く形"),
        ("kita@server.local", "届く形"),
        ("kita@" + "h" * 64 + ".example", "届く形"),
        ("a" * 65 + "@higashi-gas.example", "届く形"),
        ("a" * 64 + "@" + ".".join(["h" * 60] * 4) + ".example", "254文字"),
        ("a" * 1_000_000, "254文字"),
        (" kita@higashi-gas.example", "空白"),
        ("kita@higashi-gas.example ", "空白"),
        ("kita@higashi-gas.example\r\nBcc: nishi@nishi.example", "空白や改行"),
        ("ki\u3000ta@higashi-gas.example", "空白"),
        ("ki\x00ta@higashi-gas.example", "制御文字"),
        ("ki\x7fta@higashi-gas.example", "制御文字"),
        ("\uff21lice@higashi-gas.example", "「\uff21」"),
        ("ali\u0441e@higashi-gas.example", "「\u0441」"),
        ("al\u0131ce@higashi-gas.example", "「\u0131」"),
        ("\u212aita@higashi-gas.example", "「\u212a」"),
        ("kita@higashi\u3002example", "「\u3002」"),
        ("kita\uff20higashi-gas.example", "「\uff20」"),
        ("ki\u202eta@higashi-gas.example", "U+202E"),
        ("ki\u200bta@higashi-gas.example", "U+200B"),
        ("ki\ud800ta@higashi-gas.example", "U+D800"),
    ],
)
def test_a_bad_address_is_refused_with_the_reason(login_id: str, why: str) -> None:
    """R5-6, R8-3, C6, F1."""
    reason = refusal_for(login_id)
    assert reason is not None
    assert why in reason
    assert reason.encode()


@pytest.mark.parametrize(
    "login_id",
    ["\uff21lice@h.example", "al\u0131ce@h.example", "ali\u0441e@h.example", "\u212aita@h.example", "a@h.example ", ""],
)
def test_only_ascii_is_folded(login_id: str) -> None:
    """C6: full-width letters, dotless i, homoglyphs and blanks never become somebody's ID."""
    with pytest.raises(Refused):
        fold(login_id)


def test_case_is_ignored() -> None:
    """R5-7, C6."""
    assert fold("Kitajima@Higashi-Gas.EXAMPLE") == "kitajima@higashi-gas.example"


@given(st.text(PRINTABLE, min_size=1), st.text(PRINTABLE, min_size=1))
def test_two_ids_are_one_exactly_if_they_differ_in_ascii_case_only(one: str, two: str) -> None:
    """R5-7, C6."""
    assert (fold(one) == fold(two)) == (one.upper() == two.upper())
    assert fold(one.upper()) == fold(one.lower()) == fold(fold(one))


@given(st.text())
def test_whatever_is_typed_gets_an_answer_and_what_is_taken_can_be_folded(typed: str) -> None:
    """C6, R8-3."""
    if refusal_for(typed) is None:
        assert fold(typed).isascii()
