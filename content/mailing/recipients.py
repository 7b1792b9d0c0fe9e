"""Which addresses an update mail goes to, and which organizations it doesn't reach (R7-13, R9-2)."""

from collections.abc import Iterable
from dataclasses import dataclass

from base.mail_address import folded
from content.addresses.states import AddressState
from content.visibility import OrganizationFacts, PageFacts, organizations_that_see


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """`is_marked`: mails came back from it; it is mailed all the same (R7-17)."""

    organization_id: int
    person_name: str
    address: str
    state: AddressState
    is_marked: bool = False


@dataclass(frozen=True, slots=True)
class Unreached:
    """An organization that sees the page but gets no mail; `states` are those of its addresses."""

    organization_id: int
    states: frozenset[AddressState]


@dataclass(frozen=True, slots=True)
class MailingList:
    seeing: frozenset[int]
    mailed: tuple[KnownAddress, ...]
    unreached: tuple[Unreached, ...]


def mailing_list(
    page: PageFacts, organizations: Iterable[OrganizationFacts], addresses: Iterable[KnownAddress]
) -> MailingList:
    """Verified addresses of organizations that see the page, each address once (R7-13, R7-14)."""
    seeing = organizations_that_see(page, organizations)
    known = [each for each in addresses if each.organization_id in seeing and each.state is not AddressState.REMOVED]
    verified = [each for each in known if each.state is AddressState.VERIFIED]
    reached = {each.organization_id for each in verified}
    unreached = tuple(Unreached(of, _states_of(of, known)) for of in sorted(seeing - reached))
    return MailingList(seeing, _once_each(verified), unreached)


def _states_of(organization_id: int, known: Iterable[KnownAddress]) -> frozenset[AddressState]:
    return frozenset(each.state for each in known if each.organization_id == organization_id)


def _once_each(verified: Iterable[KnownAddress]) -> tuple[KnownAddress, ...]:
    """A contractor's mailbox may serve several organizations; it hears of a publication once."""
    by_mailbox: dict[str, KnownAddress] = {}
    for each in verified:
        by_mailbox.setdefault(folded(each.address), each)
    return tuple(by_mailbox.values())
