"""Pairs of credential mails as rows: looked up and locked, in one order for everybody: mails, pair, person (R6-1)."""

from datetime import datetime
from typing import Protocol

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from auth.credential_states import PairFacts, PairState, pair_state
from auth.models import CredentialPair, User
from base.outbox import RECALLABLE, Mail
from base.refusals import Conflict
from base.sentences import say

LINK, ONE_TIME_PASSWORD = "credentials-link", "credentials-password"
KINDS = (LINK, ONE_TIME_PASSWORD)
IS_OPEN = (CredentialPair.used_at.is_(None), CredentialPair.ended_at.is_(None))


class HasPublicId(Protocol):
    @property
    def public_id(self) -> str: ...


def _outrun_at(pair: CredentialPair) -> datetime | None:
    """When the person set a password another way: the two mails, which ask for no secret answer, must not outlive that."""
    set_at = pair.user.password_set_at
    return set_at if set_at is not None and set_at > pair.created_at else None


def end_reason_of(pair: CredentialPair) -> str | None:
    """A key of `END_REASONS`."""
    return pair.end_reason or ("outrun" if pair.used_at is None and _outrun_at(pair) else None)


def facts_of(pair: CredentialPair) -> PairFacts:
    """A deleted person, or one of an organization that has ended, has nothing to register any more (D4)."""
    return PairFacts(
        is_held=pair.hold_reason is not None,
        link_sent_at=pair.link_sent_at,
        password_sent_at=pair.password_sent_at,
        used_at=pair.used_at,
        ended_at=pair.ended_at or pair.user.deleted_at or pair.user.organization.ended_at or _outrun_at(pair),
    )


def state_of(pair: CredentialPair, days: int, now: datetime) -> PairState:
    return pair_state(facts_of(pair), days, now)


def occasion_of(kind: str, pair: HasPublicId) -> str:
    return f"{kind}:{pair.public_id}"


def pair_by(session: Session, public_id: str) -> CredentialPair | None:
    with_user = joinedload(CredentialPair.user).joinedload(User.organization)
    return session.scalars(_pair(public_id).options(with_user)).one_or_none()


def locked_pair(session: Session, public_id: str) -> CredentialPair | None:
    fresh = _pair(public_id).with_for_update().execution_options(populate_existing=True)
    return session.scalars(fresh).one_or_none()


def _pair(public_id: str) -> Select[CredentialPair]:
    return select(CredentialPair).where(CredentialPair.public_id == public_id)


def locked_user(session: Session, user_id: int) -> User:
    fresh = select(User).where(User.id == user_id).with_for_update()
    return session.scalars(fresh.execution_options(populate_existing=True)).one()


def locked_account(session: Session, public_id: str) -> User | None:
    """A person with all that hangs on the account: the worker, too, holds a mail before it asks for its pair. `Conflict`."""
    user = session.scalars(select(User).where(User.public_id == public_id)).one_or_none()
    if user is None:
        return None
    mails = select(Mail.id).where(Mail.kind.in_(KINDS), Mail.about == public_id, Mail.state.in_(RECALLABLE))
    session.scalars(mails.order_by(Mail.id).with_for_update()).all()
    pairs = select(CredentialPair.id).where(CredentialPair.user_id == user.id, *IS_OPEN)
    ours = session.scalars(pairs.with_for_update()).all()
    found = locked_user(session, user.id)
    # Begun while we waited for the person: to lock it now would be out of the order.
    if set(session.scalars(pairs)) - set(ours):
        raise Conflict(say("ほかの担当者が、認証情報登録のメールを送ったところです。もう一度ご確認ください。"))
    return found


def open_pair_of(session: Session, user_id: int) -> CredentialPair | None:
    here = select(CredentialPair).where(CredentialPair.user_id == user_id, *IS_OPEN)
    return session.scalars(here.execution_options(populate_existing=True)).one_or_none()


def latest_pair_of(session: Session, user_id: int) -> CredentialPair | None:
    here = select(CredentialPair).where(CredentialPair.user_id == user_id)
    return session.scalars(here.order_by(CredentialPair.id.desc()).limit(1)).one_or_none()


def latest_pairs(session: Session, people: Select[int]) -> dict[int, CredentialPair]:
    """The newest pair of each of these people (a query of their row numbers) who has one."""
    newest = select(func.max(CredentialPair.id)).where(CredentialPair.user_id.in_(people))
    with_user = joinedload(CredentialPair.user).joinedload(User.organization)
    found = select(CredentialPair).where(CredentialPair.id.in_(newest.group_by(CredentialPair.user_id)))
    return {pair.user_id: pair for pair in session.scalars(found.options(with_user))}


def mails_of(session: Session, pair: CredentialPair) -> list[Mail]:
    """The two mails, the link first."""
    occasions = [occasion_of(kind, pair) for kind in KINDS]
    return list(session.scalars(select(Mail).where(Mail.occasion.in_(occasions)).order_by(Mail.kind)))
