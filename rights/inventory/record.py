"""The completion record: who was asked about, with which rights, what was answered by whom and when (R9-5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from auth.models import User
from rights.codes import SYSTEMS_WITH_RIGHTS, System
from rights.inventory.lists import every_item
from rights.inventory.models import InventoryCampaign, InventoryItem, InventorySignOff
from rights.inventory.queries import sign_off_of
from rights.inventory.rules import Standing, Tally
from rights.models import HeldRight

Codes = dict[System, str]


@dataclass(frozen=True, slots=True)
class RecordLine:
    """`before`: held at the start; `after`: at the completion. `is_own`: somebody answered for himself."""

    item: InventoryItem
    standing: Standing
    before: Codes
    after: Codes

    @property
    def user(self) -> User:
        return self.item.user

    @property
    def is_own(self) -> bool:
        return self.item.answered_by_id == self.item.user_id


@dataclass(frozen=True, slots=True)
class Record:
    campaign: InventoryCampaign
    signed: InventorySignOff
    lines: Sequence[RecordLine]

    @property
    def tally(self) -> Tally:
        standings = [line.standing for line in self.lines]
        return Tally({standing: standings.count(standing) for standing in Standing})


def record_of(session: Session, campaign: InventoryCampaign, organization_id: int) -> Record | None:
    """None where the organization hasn't completed it."""
    signed = sign_off_of(session, campaign, organization_id)
    if signed is None:
        return None
    rows = session.execute(every_item(campaign, organization_id)).all()
    people = [item.user_id for item, _ in rows]
    before, after = held_by(session, people, campaign.started_at), held_by(session, people, signed.at)
    lines = [
        RecordLine(item, Standing(name), before.get(item.user_id, {}), after.get(item.user_id, {}))
        for item, name in rows
    ]
    return Record(campaign, signed, lines)


def held_by(session: Session, people: Sequence[int], at: datetime) -> dict[int, Codes]:
    """The codes of each person at any moment that has been."""
    is_held = (HeldRight.from_at <= at, or_(HeldRight.until_at.is_(None), HeldRight.until_at > at))
    found: dict[int, Codes] = {}
    for row in session.scalars(select(HeldRight).where(HeldRight.user_id.in_(people), *is_held)):
        found.setdefault(row.user_id, {})[System(row.system)] = row.code
    return {
        user_id: {system: codes[system] for system in SYSTEMS_WITH_RIGHTS if system in codes}
        for user_id, codes in found.items()
    }
