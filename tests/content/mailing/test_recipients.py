import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.addresses.states import AddressState
from content.mailing.recipients import KnownAddress, Unreached, mailing_list
from content.visibility import OrganizationFacts, PageFacts

TAXIS = PageFacts(2, "taxis", "TAXIS")
COMMON = PageFacts(1, "common", None)
HIGASHI = OrganizationFacts(1, is_active=True, systems_in_use=frozenset({"TAXIS", "JOHS"}))
NISHI = OrganizationFacts(2, is_active=True, systems_in_use=frozenset({"JOHS"}))
ENDED = OrganizationFacts(3, is_active=False, systems_in_use=frozenset({"TAXIS"}))
ASAHI = OrganizationFacts(4, is_active=True, systems_in_use=frozenset({"TAXIS"}))
ALL = (HIGASHI, NISHI, ENDED, ASAHI)
VERIFIED = AddressState.VERIFIED


def known(
    of: OrganizationFacts, address: str, state: AddressState = VERIFIED, *, is_marked: bool = False
) -> KnownAddress:
    return KnownAddress(of.id, "窓口 太郎", address, state, is_marked)


def test_only_active_organizations_that_see_the_page_are_mailed() -> None:
    """R7-13: the outsider's and the ended organization's addresses get nothing of TAXIS."""
    addresses = [known(each, f"contact@{each.id}.example") for each in ALL]
    found = mailing_list(TAXIS, ALL, addresses)
    assert found.seeing == {1, 4}
    assert [each.address for each in found.mailed] == ["contact@1.example", "contact@4.example"]
    assert found.unreached == ()


@pytest.mark.parametrize("state", [state for state in AddressState if state is not VERIFIED])
def test_an_address_that_is_not_verified_gets_nothing(state: AddressState) -> None:
    """R7-13, R7-15."""
    assert mailing_list(TAXIS, [HIGASHI], [known(HIGASHI, "a@higashi.example", state)]).mailed == ()


def test_organizations_without_a_verified_address_are_named_with_where_theirs_stand() -> None:
    """R7-4, R9-2."""
    addresses = [
        known(HIGASHI, "a@higashi.example", AddressState.EXPIRED),
        known(HIGASHI, "b@higashi.example", AddressState.PROVISIONAL),
        known(HIGASHI, "c@higashi.example", AddressState.REMOVED),
    ]
    expected = frozenset({AddressState.EXPIRED, AddressState.PROVISIONAL})
    assert mailing_list(TAXIS, ALL, addresses).unreached == (Unreached(1, expected), Unreached(4, frozenset()))


def test_a_mailbox_that_serves_two_organizations_is_mailed_once_and_reaches_both() -> None:
    """R7-14."""
    found = mailing_list(TAXIS, ALL, [known(HIGASHI, "Desk@service.example"), known(ASAHI, "desk@service.example")])
    assert [each.organization_id for each in found.mailed] == [HIGASHI.id]
    assert found.unreached == ()


def test_a_marked_address_is_mailed_and_stays_marked() -> None:
    """R7-17."""
    assert mailing_list(TAXIS, [HIGASHI], [known(HIGASHI, "a@higashi.example", is_marked=True)]).mailed[0].is_marked


ADDRESSES = st.lists(
    st.builds(
        KnownAddress,
        st.sampled_from([each.id for each in ALL]),
        st.just("窓口 太郎"),
        st.sampled_from(["a@x.example", "A@x.example", "b@x.example", "c@y.example"]),
        st.sampled_from(list(AddressState)),
    )
)


@given(ADDRESSES, st.sampled_from([COMMON, TAXIS]))
def test_every_organization_that_sees_the_page_is_reached_or_named(
    addresses: list[KnownAddress], page: PageFacts
) -> None:
    """R7-13, R7-14: nobody falls between the two lists, no mailbox stands twice, nobody else is mailed."""
    found = mailing_list(page, ALL, addresses)
    mailboxes = [each.address.lower() for each in found.mailed]
    assert len(mailboxes) == len(set(mailboxes))
    assert {each.organization_id for each in found.mailed} <= found.seeing
    verified = {each.organization_id for each in addresses if each.state is VERIFIED}
    assert {each.organization_id for each in found.unreached} == found.seeing - verified
