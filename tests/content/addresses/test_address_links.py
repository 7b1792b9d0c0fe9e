import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.next_page import LOCAL_PATH, local_path
from base.address_hashes import hash_of
from base.tokens import TokenDesk
from content.addresses.links import FIELDS, PURPOSE, link_desk, read_link, token_for
from content.models import ContactAddress

KEY, OTHER_KEY = "k" * 43, "o" * 43
DESK = link_desk([KEY])
SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.="


def an_address(
    public_id: str = "0123456789ab", address: str = "tanto@higashi-gas.example", version: int = 1
) -> ContactAddress:
    return ContactAddress(public_id=public_id, address=address, link_version=version)


TOKEN = token_for(DESK, an_address())
PUBLIC_IDS = st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=12, max_size=12)


@given(PUBLIC_IDS, st.emails(), st.integers(1, 10_000))
def test_a_link_says_which_row_which_address_and_which_version(public_id: str, address: str, version: int) -> None:
    """R7-12."""
    link = read_link(DESK, token_for(DESK, an_address(public_id, address, version)))
    assert link is not None
    assert (link.public_id, link.address_hash, link.version) == (public_id, hash_of(address), version)


@given(PUBLIC_IDS, st.emails(), st.integers(1, 10_000))
def test_the_way_through_the_login_leads_back_to_every_link(public_id: str, address: str, version: int) -> None:
    """R7-11: whatever signs a token has, the login takes its path for one of ours and brings it back unchanged."""
    token = token_for(DESK, an_address(public_id, address, version))
    path = f"/verify/{token}"
    assert re.fullmatch(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", token)
    assert LOCAL_PATH.fullmatch(path)
    assert local_path(path) == path


@pytest.mark.parametrize("bit", range(8))
def test_no_bit_of_a_link_can_be_flipped(bit: int) -> None:
    """D2: every bit of every sign."""
    for position, sign in enumerate(TOKEN):
        flipped = TOKEN[:position] + chr(ord(sign) ^ (1 << bit)) + TOKEN[position + 1 :]
        assert read_link(DESK, flipped) is None, flipped


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from(SIGNS) | st.characters())
def test_no_sign_of_a_link_can_be_changed(position: int, sign: str) -> None:
    """D2."""
    changed = TOKEN[:position] + sign + TOKEN[position + 1 :]
    assert (read_link(DESK, changed) is None) == (changed != TOKEN)


@given(st.text() | st.text(SIGNS) | st.integers(0, len(TOKEN) - 1).map(lambda end: TOKEN[:end]) | st.just(TOKEN * 50))
def test_what_we_never_made_is_no_link(text: str) -> None:
    """D2: rubbish, cut off, doubled."""
    assert read_link(DESK, text) is None


@pytest.mark.parametrize(
    "token",
    [
        token_for(link_desk([OTHER_KEY]), an_address()),
        TokenDesk([KEY], "reset-password", FIELDS).make(public_id="0123456789ab", address_hash="0" * 16, version=1),
        TokenDesk([KEY], PURPOSE, FIELDS[:2]).make(public_id="0123456789ab", address_hash="0" * 16),
        TokenDesk([KEY], PURPOSE, (*FIELDS, "more")).make(
            public_id="0123456789ab", address_hash="0" * 16, version=1, more=1
        ),
        TOKEN.split(".")[0] + ".",
        "." + TOKEN.split(".")[1],
    ],
    ids=["another key", "another purpose", "fewer fields", "more fields", "no signature", "no content"],
)
def test_a_link_of_another_kind_is_none(token: str) -> None:
    """D2."""
    assert read_link(DESK, token) is None


def test_links_signed_with_an_older_key_still_work() -> None:
    """D9: a new key signs, the older ones verify until they are taken off the list."""
    older = token_for(link_desk([OTHER_KEY]), an_address())
    assert read_link(link_desk([KEY, OTHER_KEY]), older) is not None
    assert token_for(link_desk([KEY, OTHER_KEY]), an_address()) == TOKEN


def test_a_link_holds_no_address_and_no_time() -> None:
    """D8, R7-12: the row holds the times."""
    assert "tanto" not in str(DESK.read(TOKEN))
    assert token_for(DESK, an_address()) == TOKEN
