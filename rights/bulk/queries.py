"""Bulk files within a contact manager's reach (R8-4)."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, defer, joinedload

from rights.bulk.models import BulkFile

MOST_SHOWN = 30


def files_of(organization_id: int) -> Select[BulkFile]:
    """Without what is in them."""
    light = (defer(BulkFile.content), defer(BulkFile.findings), joinedload(BulkFile.uploaded_by))
    return select(BulkFile).where(BulkFile.organization_id == organization_id).options(*light)


def newest(session: Session, organization_id: int) -> Sequence[BulkFile]:
    return session.scalars(files_of(organization_id).order_by(BulkFile.id.desc()).limit(MOST_SHOWN)).all()


def find_file(session: Session, organization_id: int, public_id: str) -> BulkFile | None:
    return session.scalars(files_of(organization_id).where(BulkFile.public_id == public_id)).one_or_none()


def lock_file(session: Session, organization_id: int, public_id: str) -> BulkFile | None:
    locked = select(BulkFile).where(BulkFile.organization_id == organization_id, BulkFile.public_id == public_id)
    return session.scalars(locked.with_for_update()).one_or_none()
