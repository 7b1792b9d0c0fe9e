"""What all contact managers of an organization hear of its requests, each of them once (R2-4, R5-10)."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import structlog
from sqlalchemy.orm import Session

from auth.contact_managers import addresses_of_managers
from base.mail_address import is_address
from base.outbox import Queued, queue_mails
from rights.models import RightsRequest
from rights.request_states import RequestState

log = structlog.get_logger()


class News(StrEnum):
    """Kinds of mails about one request; REGISTERED: ⑥, while JUJU or LOACUS are still to come."""

    ACCEPTED = "request-accepted"
    CANCELLED = "request-cancelled"
    REGISTERED = "request-registered"
    COMPLETED = "request-completed"


def occasion_of(request: RightsRequest, news: News) -> str:
    return f"{news}:{request.public_id}"


def tell_of_request(session: Session, request: RightsRequest, news: News, *, now: datetime) -> None:
    tell_managers(session, request.organization_id, news, occasion_of(request, news), about=request.public_id, now=now)


def tell_if_completed(session: Session, request: RightsRequest, *, now: datetime) -> bool:
    """⑪: whether there was something to tell."""
    is_completed = request.state == RequestState.COMPLETED
    if is_completed:
        tell_of_request(session, request, News.COMPLETED, now=now)
    return is_completed


def tell_managers(
    session: Session, organization_id: int, kind: str, occasion: str, *, about: str, now: datetime
) -> int:
    """Answers how many mails are new."""
    addresses = addresses_of_managers(session, organization_id)
    mails = (
        Queued(kind, occasion, address, about=about, organization_id=organization_id, is_bulk=False)
        for address in _mailable(addresses, occasion)
    )
    return queue_mails(session, mails, now=now)


def _mailable(addresses: Iterable[str], occasion: str) -> Iterable[str]:
    """An ID that is no address must not stop the step that is told of."""
    for address in addresses:
        if is_address(address):
            yield address
        else:
            log.error("contact_manager_unmailable", occasion=occasion)
