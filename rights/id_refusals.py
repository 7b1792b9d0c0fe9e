from datetime import datetime

from sqlalchemy.orm import Session

from auth.models import Organization
from base.sentences import say
from rights.models import RightsRequest
from rights.request_queries import has_rights_left, has_taken_effect, open_request_for, person_with

NOT_YOURS = say("このIDは使用できません。託送受付センターへお問い合わせください。")


def id_refusal(session: Session, organization: Organization, folded: str, now: datetime) -> str | None:
    """Why nobody can be set up under the ID (R5-7, R5-17); somebody else's is only said to be unusable (R8-4)."""
    first = open_request_for(session, folded)
    if first is not None and not has_taken_effect(first, now):
        return _already_asked(first, organization)
    person = person_with(session, folded)
    if person is None:
        return None
    if person.organization_id != organization.id:
        return NOT_YOURS
    if has_rights_left(session, person.id, now):
        return say(
            "このIDは貴社の%(name)sさんのもので、すでに利用権限があります。別の方のIDを入力してください。",
            name=person.name_kanji,
        )
    return None


def _already_asked(first: RightsRequest, organization: Organization) -> str:
    if first.organization_id != organization.id:
        return NOT_YOURS
    return say(
        "このIDには、手続き中の申請 %(number)s(%(name)sさん)があります。その申請が終わるまで、新しい申請はできません。",
        number=first.number,
        name=first.name_kanji,
    )
