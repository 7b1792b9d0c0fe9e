"""The link of the registration mail (R7-10 to R7-12): what it holds, and what it answers to whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from auth.viewer import Viewer
from base.address_hashes import hash_of
from base.tokens import TokenDesk, TokenFault
from content.addresses.queries import facts_of
from content.addresses.states import LinkAnswer, link_answer
from content.models import ContactAddress

PURPOSE = "verify-address"
FIELDS = ("public_id", "address_hash", "version")


@dataclass(frozen=True, slots=True)
class Link:
    public_id: str
    address_hash: str
    version: int


def link_desk(keys: Sequence[str]) -> TokenDesk:
    return TokenDesk(keys, PURPOSE, FIELDS)


def token_for(desk: TokenDesk, row: ContactAddress) -> str:
    return desk.make(public_id=row.public_id, address_hash=hash_of(row.address), version=row.link_version)


def read_link(desk: TokenDesk, token: str) -> Link | None:
    """None for whatever we didn't make for this purpose (D2)."""
    try:
        return Link(**desk.read(token))
    except TokenFault:
        return None


def answer_to(viewer: Viewer, link: Link | None, row: ContactAddress | None, now: datetime) -> LinkAnswer:
    """Whoever isn't a contact manager of that organization learns nothing about the address (R7-11, R8-4, D5)."""
    if link is None or row is None:
        return LinkAnswer.FORGED
    if not viewer.is_contact_manager or viewer.organization_id != row.organization_id:
        return LinkAnswer.OTHERS
    if link.address_hash != hash_of(row.address):
        return LinkAnswer.REPLACED
    return link_answer(facts_of(row), link.version, now)
