"""The link for a forgotten password: what it holds, and what it answers on whose PC (R6-7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from auth.models import User
from auth.reset_states import ResetAnswer, ResetFacts, reset_answer
from auth.usable_certificates import is_registered_for
from base.address_hashes import hash_of
from base.tokens import TokenDesk, TokenFault

PURPOSE = "password-reset"
FIELDS = ("public_id", "address_hash", "version")


@dataclass(frozen=True, slots=True)
class ResetLink:
    public_id: str
    address_hash: str
    version: int


@dataclass(frozen=True, slots=True)
class Resetting:
    """How long a link works, how many wrong answers lock, and the certificate by which somebody came."""

    seconds: int
    wrong_answer_limit: int
    certificate_id: int


def reset_desk(keys: Sequence[str]) -> TokenDesk:
    return TokenDesk(keys, PURPOSE, FIELDS)


def token_for(desk: TokenDesk, user: User) -> str:
    return desk.make(public_id=user.public_id, address_hash=hash_of(user.login_id), version=user.reset_version)


def read_link(desk: TokenDesk, token: str) -> ResetLink | None:
    """None for whatever we didn't make for this purpose (D2)."""
    try:
        return ResetLink(**desk.read(token))
    except TokenFault:
        return None


def user_of(session: Session, link: ResetLink | None) -> User | None:
    if link is None:
        return None
    here = select(User).where(User.public_id == link.public_id).options(joinedload(User.organization))
    return session.scalars(here).one_or_none()


def answer_to(
    session: Session, link: ResetLink | None, user: User | None, way: Resetting, now: datetime
) -> ResetAnswer:
    """On a PC of another organization it is as good as forged (R8-4)."""
    if link is None or user is None or link.address_hash != hash_of(user.login_id):
        return ResetAnswer.FORGED
    if not is_registered_for(session, way.certificate_id, user.organization_id):
        return ResetAnswer.FORGED
    is_gone = user.deleted_at is not None or user.organization.ended_at is not None
    facts = ResetFacts(user.reset_version, user.reset_sent_at, user.locked_at is not None, is_gone)
    return reset_answer(facts, link.version, way.seconds, now)
