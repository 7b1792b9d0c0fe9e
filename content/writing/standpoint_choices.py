"""From whose standpoint a page may be looked at: organizations and kinds of readers to choose from (R9-2)."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Organization
from content.mailing.queries import organization_facts, page_facts
from content.models import Page
from content.visibility import organizations_that_see
from content.writing.standpoints import Reader, Standpoint, standpoint


@dataclass(frozen=True, slots=True)
class Choice:
    public_id: str
    name: str
    systems: frozenset[str]
    is_seeing: bool


@dataclass(frozen=True, slots=True)
class Eyes:
    """What may be chosen, and what was. `chosen` is None as long as no organization is."""

    page: Page
    organizations: list[Choice]
    readers: dict[Reader, str]
    chosen: Choice | None
    reader: Reader

    @property
    def seeing(self) -> list[Choice]:
        return [each for each in self.organizations if each.is_seeing]

    @property
    def others(self) -> list[Choice]:
        return [each for each in self.organizations if not each.is_seeing]

    @property
    def standpoint(self) -> Standpoint | None:
        return standpoint(self.reader, self.chosen.systems, page_facts(self.page)) if self.chosen else None


def eyes_for(session: Session, page: Page, asked: Mapping[str, str]) -> Eyes:
    """`asked`: `organization` by its public id, and `reader`; what is no choice is none."""
    choices, readers, reader = _organizations(session, page), _readers(page), asked.get("reader", "")
    chosen = next((each for each in choices if each.public_id == asked.get("organization")), None)
    return Eyes(page, choices, readers, chosen, Reader(reader) if reader in readers else Reader.MANAGER)


def _organizations(session: Session, page: Page) -> list[Choice]:
    """Those that there are now, by name."""
    facts = {each.id: each for each in organization_facts(session) if each.is_active}
    seeing = organizations_that_see(page_facts(page), facts.values())
    wanted = select(Organization.id, Organization.public_id, Organization.name).where(Organization.id.in_(facts))
    rows = session.execute(wanted.order_by(Organization.name))
    return [Choice(public_id, name, facts[of].systems_in_use, of in seeing) for of, public_id, name in rows]


def _readers(page: Page) -> dict[Reader, str]:
    found = {Reader.MANAGER: _("窓口責任者")}
    if page.system is None:
        return found | {Reader.HOLDER: _("利用権限を持つ人")}
    return found | {
        Reader.HOLDER: _("%(system)sの利用権限を持つ人", system=page.system),
        Reader.OTHER: _("%(system)s以外の利用権限だけを持つ人", system=page.system),
    }
