"""What the list of people is narrowed to. It stands in the address, so that a list can be kept and passed on."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from auth.account_states import AccountState
from base.identifiers import is_public_id

DORMANT = "dormant"
STATES = (*AccountState, DORMANT)
ROLES = ("contact", "user", "staff")
LONGEST_WORDS = 100


@dataclass(frozen=True, slots=True)
class UserFilters:
    """Empty texts narrow nothing, but deleted people are listed only where they are asked for. `after`: the list goes on there."""

    state: str = ""
    words: str = ""
    organization: str = ""
    role: str = ""
    after: str = ""

    def query(self, after: str = "") -> str:
        given = {"q": self.words, "state": self.state, "organization": self.organization, "role": self.role}
        return urlencode({name: value for name, value in {**given, "after": after}.items() if value})

    @property
    def is_narrowed(self) -> bool:
        return bool(self.state or self.words or self.organization or self.role)


def read_filters(given: Mapping[str, str]) -> UserFilters:
    """From a query string; what can't be read narrows nothing."""
    state, role, organization, after = (given.get(name, "") for name in ("state", "role", "organization", "after"))
    return UserFilters(
        state=state if state in STATES else "",
        words=given.get("q", "").strip(" \t　")[:LONGEST_WORDS],
        organization=organization if is_public_id(organization) else "",
        role=role if role in ROLES else "",
        after=after if is_public_id(after) else "",
    )
