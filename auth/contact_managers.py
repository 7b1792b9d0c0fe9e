"""To whom "to the contact manager" goes: to all of them, and only while they are it (R2-4)."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from auth.login_id import fold
from auth.models import Organization, User


def managers_of(organization_id: int) -> Select[User]:
    """Of an organization that goes on."""
    is_manager = (User.contact_role.is_not(None), User.deleted_at.is_(None))
    goes_on = User.organization.has(Organization.ended_at.is_(None))
    return select(User).where(User.organization_id == organization_id, *is_manager, goes_on)


def addresses_of_managers(session: Session, organization_id: int) -> Sequence[str]:
    return session.scalars(managers_of(organization_id).with_only_columns(User.login_id).order_by(User.id)).all()


def find_manager(session: Session, organization_id: int, address: str) -> User | None:
    """The contact manager with this address; None where nobody is it any more (F9)."""
    return session.scalars(managers_of(organization_id).where(User.login_id_folded == fold(address))).one_or_none()
