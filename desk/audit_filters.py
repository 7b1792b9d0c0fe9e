"""What the audit trail is narrowed to. It stands in the address, so that a list can be kept and passed on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from base.identifiers import is_public_id
from base.in_address import day_in, words_in, written
from desk.audit_words import GROUPS

HIGHEST_LINE = 2**31 - 1  # what a database's integer holds


@dataclass(frozen=True, slots=True)
class AuditFilters:
    """Empty texts and None narrow nothing; both days are included. `organization` is a public id, `kind` a group of actions.

    `older_than` and `newer_than`: the line from which the list goes on.
    """

    person: str = ""
    organization: str = ""
    certificate: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None
    reference: str = ""
    older_than: int | None = None
    newer_than: int | None = None

    @property
    def in_address(self) -> dict[str, str]:
        given = {
            "person": self.person,
            "organization": self.organization,
            "certificate": self.certificate,
            "kind": self.kind,
            "from": written(self.since),
            "until": written(self.until),
            "reference": self.reference,
        }
        return {name: value for name, value in given.items() if value}

    def query(self, **more: object) -> str:
        """As it stands in the address; what isn't narrowed is left out."""
        return urlencode({**self.in_address, **more})


def read_audit_filters(given: Mapping[str, str]) -> AuditFilters:
    organization, kind = given.get("organization", ""), given.get("kind", "")
    return AuditFilters(
        person=words_in(given.get("person", "")),
        organization=organization if is_public_id(organization) else "",
        certificate=words_in(given.get("certificate", "")),
        kind=kind if kind in GROUPS else "",
        since=day_in(given.get("from", "")),
        until=day_in(given.get("until", "")),
        reference=words_in(given.get("reference", "")).lower(),
        older_than=_line(given.get("older_than", "")),
        newer_than=_line(given.get("newer_than", "")),
    )


def _line(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(HIGHEST_LINE))
    return int(text) if is_number and int(text) <= HIGHEST_LINE else None
