"""What the list of an organization's people is narrowed to. It stands in the address, so that it can be kept and passed on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from auth.account_states import AccountState
from auth.user_filters import DORMANT
from base.identifiers import is_public_id
from base.in_address import day_in, words_in, written
from rights.codes import SYSTEMS_WITH_RIGHTS

UNDER_WAY = "under-way"
REMOVED = "removed"
STATES = (*AccountState, DORMANT, UNDER_WAY, REMOVED)
OWN = "own"


@dataclass(frozen=True, slots=True)
class PeopleFilters:
    """Empty texts narrow nothing, but removed people are listed only where they are asked for.

    `contractor`: a public id, or `own` for the organization's own people. `organization`, a public id, is staff's. The days are those of the last login, both included.
    """

    state: str = ""
    words: str = ""
    organization: str = ""
    contractor: str = ""
    system: str = ""
    login_from: date | None = None
    login_until: date | None = None
    after: str = ""

    def query(self, after: str = "", **more: str) -> str:
        given = {
            "q": self.words,
            "state": self.state,
            "organization": self.organization,
            "contractor": self.contractor,
            "system": self.system,
            "from": written(self.login_from),
            "until": written(self.login_until),
            "after": after,
        }
        return urlencode({name: value for name, value in {**given, **more}.items() if value})

    @property
    def is_narrowed(self) -> bool:
        return bool(self.query())


def read_filters(given: Mapping[str, str]) -> PeopleFilters:
    """From a query string; what can't be read narrows nothing."""
    state, contractor, system, after = (given.get(name, "") for name in ("state", "contractor", "system", "after"))
    organization = given.get("organization", "")
    return PeopleFilters(
        state=state if state in STATES else "",
        words=words_in(given.get("q", "")),
        organization=organization if is_public_id(organization) else "",
        contractor=contractor if contractor == OWN or is_public_id(contractor) else "",
        system=system if system in SYSTEMS_WITH_RIGHTS else "",
        login_from=day_in(given.get("from", "")),
        login_until=day_in(given.get("until", "")),
        after=after if is_public_id(after) else "",
    )
