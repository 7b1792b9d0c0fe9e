from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from rights.codes import System
from rights.entry.draft_fields import read
from rights.models import RequestDraft
from rights.shown_requests import title_of


@dataclass(frozen=True, slots=True)
class ShownDraft:
    """`titles`: what is asked for so far, with the systems."""

    row: RequestDraft
    fields: dict[str, str]

    @property
    def titles(self) -> list[tuple[System, str]]:
        codes = ((system, self.fields.get(system.lower())) for system in System)
        return [(system, title_of(system, code)) for system, code in codes if code]


def drafts_of(organization_id: int) -> Select[RequestDraft]:
    """The reach of a contact manager: the own organization's (R8-4)."""
    return select(RequestDraft).where(RequestDraft.organization_id == organization_id)


def shown_drafts(session: Session, organization_id: int) -> Sequence[ShownDraft]:
    """The latest first; their number is bounded."""
    newest = drafts_of(organization_id).order_by(RequestDraft.saved_at.desc(), RequestDraft.id.desc())
    return [
        ShownDraft(row, read(row.fields)) for row in session.scalars(newest.options(joinedload(RequestDraft.saved_by)))
    ]


def draft_by(session: Session, organization_id: int, public_id: str) -> RequestDraft | None:
    return session.scalars(drafts_of(organization_id).where(RequestDraft.public_id == public_id)).one_or_none()


def draft_count(session: Session, organization_id: int) -> int:
    return session.scalar(select(func.count()).select_from(drafts_of(organization_id).subquery())) or 0
