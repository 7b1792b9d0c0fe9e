"""What happened to a request so far, when and by whom, for the reception center: from the request itself (R5-10)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from auth.models import User
from base.outbox import Mail
from base.sentences import say
from rights.codes import SYSTEMS_WITH_RIGHTS
from rights.models import RightsRequest
from rights.request_news import News, occasion_of
from rights.request_states import RequestKind, RequestState

ENDED = {
    RequestState.CANCELLED: say("申請取消"),
    RequestState.WITHDRAWN: say("申請取下げ"),
    RequestState.COMPLETED: say("処理完了"),
}
PART_WORDS: Mapping[str, Callable[[str], str]] = {
    "result_at": lambda systems: say("%(systems)sの処理結果", systems=systems),
    "done_at": lambda systems: say("%(systems)sの完了", systems=systems),
    "withdrawn_at": lambda systems: say("%(systems)sの取下げ", systems=systems),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """`by` is empty for what the site did by itself."""

    at: datetime
    what: str
    by: str


def history_of(session: Session, request: RightsRequest, now: datetime) -> list[Happening]:
    """The oldest first, up to now."""
    every = (*_steps(request), *_part_steps(request))
    found = [(at, what, by_id) for at, what, by_id in every if at is not None and at <= now]
    names = _names(session, {by_id for _, _, by_id in found if by_id is not None})
    return [
        Happening(at, what, names.get(by_id or 0, "")) for at, what, by_id in sorted(found, key=lambda each: each[0])
    ]


def mails_about(session: Session, request: RightsRequest) -> Sequence[Mail]:
    """To whom which step was told."""
    occasions = [occasion_of(request, news) for news in News]
    return session.scalars(select(Mail).where(Mail.occasion.in_(occasions)).order_by(Mail.id)).all()


def others_for(session: Session, request: RightsRequest) -> Sequence[RightsRequest]:
    """Other requests of the organization for the same ID, and the other half of a change of ID (R5-21); the newest first."""
    same = (
        RightsRequest.organization_id == request.organization_id,
        or_(
            RightsRequest.login_id_folded == request.login_id_folded,
            RightsRequest.follows_id == request.id,
            RightsRequest.id == request.follows_id,
        ),
        RightsRequest.id != request.id,
    )
    return session.scalars(select(RightsRequest).where(*same).order_by(RightsRequest.id.desc()).limit(10)).all()


def _steps(request: RightsRequest) -> Iterator[tuple[datetime | None, str, int | None]]:
    yield request.entered_at, say("申請"), request.entered_by_id
    yield request.accepted_at, say("受付完了"), request.accepted_by_id
    yield request.ordered_at, say("システム処理日の処理"), None
    yield request.registered_at, say("認証システム登録完了入力"), request.registered_by_id
    state = RequestState(request.state)
    yield request.ended_at, ENDED.get(state, ""), request.ended_by_id


def _part_steps(request: RightsRequest) -> Iterator[tuple[datetime | None, str, int | None]]:
    """What a removal ends is done when it ends."""
    is_removal = request.kind == RequestKind.REMOVAL
    for moment, words in PART_WORDS.items():
        of_part = attrgetter("effect_at" if is_removal and moment == "done_at" else moment)
        for at in {of_part(part) for part in request.parts} - {None}:
            together = {part.system: part for part in request.parts if of_part(part) == at}
            systems = "・".join(system for system in SYSTEMS_WITH_RIGHTS if system in together)
            by_id = next(iter(together.values())).done_by_id if moment == "done_at" and not is_removal else None
            yield at, words(systems), by_id


def _names(session: Session, ids: set[int]) -> dict[int, str]:
    return dict(session.execute(select(User.id, User.name_kanji).where(User.id.in_(ids))).all())
