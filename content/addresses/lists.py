"""The reception center's list of contact addresses: by organization, narrowed by state and by words."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from auth.models import Organization
from content.addresses.queries import state_of
from content.addresses.states import AddressState
from content.models import ContactAddress

UNREACHED = "unreached"
MARKED = "marked"
CHOICES = ("", UNREACHED, MARKED, *AddressState)
GROUPS_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """`state` is a state, `unreached` (organizations without a verified address), `marked` (mails came back) or nothing."""

    state: str = ""
    words: str = ""
    page: int = 1

    def query(self, page: int = 1) -> str:
        """As it stands in the address; what isn't narrowed is left out."""
        given = {"state": self.state, "q": self.words, "page": str(page) if page > 1 else ""}
        return urlencode({name: value for name, value in given.items() if value})


@dataclass(frozen=True, slots=True)
class Listed:
    row: ContactAddress
    state: AddressState


@dataclass(frozen=True, slots=True)
class Group:
    """`is_reached`: at least one address of the organization is verified, shown or not."""

    organization: Organization
    listed: tuple[Listed, ...]
    is_reached: bool


def read_filters(given: Mapping[str, str]) -> Filters:
    state, page = given.get("state", ""), given.get("page", "")
    known = state if state in CHOICES else ""
    return Filters(
        known, given.get("q", "").strip()[:100], max(1, int(page)) if page.isdecimal() and len(page) < 5 else 1
    )


def groups(
    organizations: Iterable[Organization], addresses: Iterable[ContactAddress], filters: Filters, now: datetime
) -> list[Group]:
    """Active organizations, also those without any address; ended ones only where a removed address is looked for."""
    by_organization: defaultdict[int, list[Listed]] = defaultdict(list)
    known = {organization.id: organization for organization in organizations}
    for row in addresses:
        by_organization[row.organization_id].append(Listed(row, state_of(row, now)))
        if filters.state == AddressState.REMOVED:
            known.setdefault(row.organization_id, row.organization)
    every = [_group(of, by_organization[of.id], filters) for of in known.values()]
    return sorted((each for each in every if _is_wanted(each, filters)), key=lambda each: each.organization.name)


def _group(of: Organization, listed: list[Listed], filters: Filters) -> Group:
    shown = tuple(each for each in listed if _has_state(each, filters.state) and _has_words(of, each, filters.words))
    return Group(of, shown, any(each.state is AddressState.VERIFIED for each in listed))


def _has_state(each: Listed, state: str) -> bool:
    if state in {"", UNREACHED}:
        return each.state is not AddressState.REMOVED
    if state == MARKED:
        return each.row.bounced_at is not None and each.state is not AddressState.REMOVED
    return each.state == state


def _has_words(of: Organization, each: Listed, words: str) -> bool:
    text = f"{of.name}\n{each.row.person_name}\n{each.row.address_folded}".casefold()
    return words.casefold() in text


def _is_wanted(group: Group, filters: Filters) -> bool:
    if filters.state == UNREACHED and group.is_reached:
        return False
    may_be_empty = filters.state in {"", UNREACHED} and filters.words.casefold() in group.organization.name.casefold()
    return bool(group.listed) or may_be_empty
