"""People as the list and their pages show them: rights, account, dormancy and what is under way (R5-19)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from auth.account_states import account_tag
from auth.dormancy_shown import Shown as Dormancy
from auth.dormancy_shown import shown as dormancy_of
from auth.models import User
from auth.user_queries import facts_of, is_dormant
from rights.people.choices import Choice, PersonFacts, choices
from rights.people.held_cells import HeldCell, held_cells
from rights.people.queries import held_by, open_requests_for
from rights.request_states import RequestKind
from rights.shown_requests import Shown, shown


@dataclass(frozen=True, slots=True)
class PersonShown:
    """`account`: words and colour. `dormancy` is None where no stage is reached; `is_dormant`: 120 days or more, before the run too."""

    user: User
    cells: tuple[HeldCell, ...]
    account: tuple[str, str]
    is_dormant: bool
    dormancy: Dormancy | None
    request: Shown | None

    @property
    def choices(self) -> frozenset[Choice]:
        row = self.request.row if self.request else None
        return choices(
            PersonFacts(
                has_rights=any(cell.now or cell.coming for cell in self.cells),
                is_deleted=self.user.deleted_at is not None,
                is_contact_manager=self.user.contact_role is not None,
                open_kind=RequestKind(row.kind) if row else None,
                follows=row is not None and row.follows_id is not None,
            )
        )


def people_shown(session: Session, people: Sequence[User], password_days: int, now: datetime) -> list[PersonShown]:
    """A handful of queries for the whole page."""
    held = held_by(session, [user.id for user in people], now)
    stages = {one.user.id: one for one in dormancy_of(session, people, now)} if people else {}
    requests = open_requests_for(session, people)
    asked = {one.row.login_id_folded: one for one in shown(session, list(requests.values()), now)} if requests else {}
    return [
        PersonShown(
            user=user,
            cells=held_cells(held.get(user.id, []), now),
            account=account_tag(facts_of(user, password_days, now)),
            is_dormant=is_dormant(user, now),
            dormancy=stages.get(user.id),
            request=asked.get(user.login_id_folded),
        )
        for user in people
    ]
