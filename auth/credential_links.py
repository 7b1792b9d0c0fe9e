"""The one-time URL of a credential registration (R6-1): what it holds, and what it answers on whose PC."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from auth.credential_queries import state_of
from auth.credential_states import LinkAnswer, link_answer
from auth.models import CredentialPair
from auth.usable_certificates import is_registered_for
from base.address_hashes import hash_of
from base.tokens import TokenDesk, TokenFault

PURPOSE = "credentials"
FIELDS = ("public_id", "address_hash")


@dataclass(frozen=True, slots=True)
class Link:
    public_id: str
    address_hash: str


@dataclass(frozen=True, slots=True)
class Registering:
    """What the registration hangs on: the keys, the days of the mails, and the certificate by which somebody came."""

    keys: Sequence[str]
    days: int
    certificate_id: int


def credential_desk(keys: Sequence[str]) -> TokenDesk:
    return TokenDesk(keys, PURPOSE, FIELDS)


def token_for(desk: TokenDesk, pair: CredentialPair) -> str:
    return desk.make(public_id=pair.public_id, address_hash=hash_of(pair.user.login_id))


def read_link(desk: TokenDesk, token: str) -> Link | None:
    """None for whatever we didn't make for this purpose (D2)."""
    try:
        return Link(**desk.read(token))
    except TokenFault:
        return None


def answer_to(
    session: Session, link: Link | None, pair: CredentialPair | None, way: Registering, now: datetime
) -> LinkAnswer:
    """On a PC of another organization it is as good as forged: it tells nothing about the person (R8-4, D5)."""
    if link is None or pair is None or link.address_hash != hash_of(pair.user.login_id):
        return LinkAnswer.FORGED
    if not is_registered_for(session, way.certificate_id, pair.user.organization_id):
        return LinkAnswer.FORGED
    return link_answer(state_of(pair, way.days, now), is_locked=pair.user.locked_at is not None)
