"""棚卸: campaigns, and what contact managers answered person by person (R5-20, R9-5)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from auth.models import Organization, User
from base.db import Base
from base.identifiers import public_id
from rights.models import RightsRequest


class InventoryCampaign(Base):
    """Staff ask all organizations to confirm their people's rights until `due_on`; `ended_at`: closed by staff."""

    __tablename__ = "inventory_campaign"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    name: Mapped[str]
    due_on: Mapped[date]
    started_at: Mapped[datetime]
    started_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]

    started_by: Mapped[User] = relationship()


class InventoryItem(Base):
    """One person of one campaign, as of its start. `request_id`: what a "change" or "remove" became."""

    __tablename__ = "inventory_item"
    __table_args__ = (
        CheckConstraint("answer IN ('keep', 'change', 'remove')", name="answer"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered_sometime"),
        CheckConstraint("(answer IS NULL) = (answered_by_id IS NULL)", name="answered_by_somebody"),
        Index("ix_inventory_item_campaign_id_organization_id", "campaign_id", "organization_id"),
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("inventory_campaign.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("rights_request.id"))

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])
    request: Mapped[RightsRequest | None] = relationship()


class InventorySignOff(Base):
    """An organization has answered for everybody and said so: the completion record is of this moment (R9-5)."""

    __tablename__ = "inventory_sign_off"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("inventory_campaign.id"), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    organization: Mapped[Organization] = relationship()
    by: Mapped[User] = relationship()
