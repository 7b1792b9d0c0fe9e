"""People whose account is deleted as dormant while their rights stand: removal has to be requested (R5-43)."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from auth.models import DormancyStep, User
from auth.viewer import Viewer
from base.waiting import Todo
from base.words import day
from rights.models import HeldRight, RightsRequest
from rights.queries import is_left

UNDER_WAY = ("entered", "accepted")


def unremoved(session: Session, organization_id: int, now: datetime) -> Sequence[User]:
    """Until removal is requested; one that was withdrawn counts for nothing, nor one of before the ID was set anew."""
    by_dormancy = select(DormancyStep.id).where(DormancyStep.user_id == User.id, DormancyStep.stage == "deletion")
    held = select(HeldRight.id).where(HeldRight.user_id == User.id, is_left(now))
    is_under_way = (RightsRequest.state.in_(UNDER_WAY), RightsRequest.follows_id.is_(None))
    removal = select(RightsRequest.id).where(
        RightsRequest.user_id == User.id, RightsRequest.kind == "removal", *is_under_way
    )
    own = (User.organization_id == organization_id, User.deleted_at.is_not(None))
    found = select(User).where(*own, by_dormancy.exists(), held.exists(), ~removal.exists())
    loaded = (joinedload(User.organization), joinedload(User.contractor))
    return session.scalars(found.options(*loaded).order_by(User.deleted_at, User.id)).all()


def todos(session: Session, viewer: Viewer, now: datetime) -> list[Todo]:
    """One line for each of them: who, and when the account was deleted."""
    if not viewer.is_contact_manager:
        return []
    return [_todo(user) for user in unremoved(session, viewer.organization_id, now)]


def _todo(user: User) -> Todo:
    title = _("%(name)sさんの利用権限の抹消を申請してください", name=user.name_kanji)
    assert user.deleted_at is not None
    note = _("長期未使用のため %(day)s にIDを削除しました。利用権限の記録は残っています", day=day(user.deleted_at))
    return Todo(_("要対応"), "red", title, note, f"/people/{user.public_id}", _("状況を見る"))
