from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from content.models import Page


def raise_versions(session: Session, page_ids: Iterable[int]) -> None:
    """What readers see on these pages changes with this transaction: no fragment that was cached before fits any more."""
    ids = set(page_ids)
    # Locked in one order, and beside the weak locks of foreign keys: articles that change places never wait in a circle.
    in_order = select(Page.id).where(Page.id.in_(ids)).order_by(Page.id).with_for_update(key_share=True)
    session.scalars(in_order).all()
    session.execute(update(Page).where(Page.id.in_(ids)).values(version=Page.version + 1))


def raise_version_of_system(session: Session, system: str) -> None:
    """Whoever else changes the system just now waits for the end of this transaction."""
    raise_versions(session, session.scalars(select(Page.id).where(Page.system == system)))
