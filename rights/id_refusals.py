from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.sentences import say
from rights.jnote.queries import is_in_jnote
from rights.models import RightsRequest
from rights.request_queries import has_rights_left, has_taken_effect, open_request_for, person_with

NOT_YOURS = say("このIDは使用できません。託送受付センターへお問い合わせください。")


@dataclass(frozen=True, slots=True)
class KnownId:
    """What there is under an ID, whosever it is: the open request, the person, and whether a right is held or to come."""

    first: RightsRequest | None
    person: User | None
    has_rights_left: bool
    is_in_jnote: bool


def id_refusal(session: Session, organization: Organization, folded: str, now: datetime) -> str | None:
    """Why nobody can be set up under the ID (R5-7, R5-17); somebody else's, and J-note's, is only said to be unusable (R8-4)."""
    person = person_with(session, folded)
    has_some = person is not None and has_rights_left(session, person.id, now)
    first = open_request_for(session, folded)
    return refusal_of_known(KnownId(first, person, has_some, is_in_jnote(session, folded)), organization, now)


def refusal_of_known(known: KnownId, organization: Organization, now: datetime) -> str | None:
    """The same for whoever has asked already."""
    if known.first is not None and not has_taken_effect(known.first, now):
        return _already_asked(known.first, organization)
    if known.person is not None and known.person.organization_id != organization.id:
        return NOT_YOURS
    if known.person is not None and known.has_rights_left:
        return say(
            "このIDは貴社の%(name)sさんのもので、すでに利用権限があります。別の方のIDを入力してください。",
            name=known.person.name_kanji,
        )
    return NOT_YOURS if known.is_in_jnote else None


def _already_asked(first: RightsRequest, organization: Organization) -> str:
    if first.organization_id != organization.id:
        return NOT_YOURS
    return say(
        "このIDには、手続き中の申請 %(number)s(%(name)sさん)があります。その申請が終わるまで、新しい申請はできません。",
        number=first.number,
        name=first.name_kanji,
    )
