"""People whose account is deleted as dormant while their rights stand: removal has to be requested (R5-43)."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from auth.models import DormancyStep, User
from auth.viewer import Viewer
from base.waiting import Todo
from base.words import day
from rights.models import HeldRight, RightsRequest

REQUESTED = ("entered", "accepted", "completed")


def unremoved(session: Session, organization_id: int) -> Sequence[User]:
    """Until removal is requested; a request that was cancelled or withdrawn counts for nothing."""
    by_dormancy = select(DormancyStep.id).where(DormancyStep.user_id == User.id, DormancyStep.stage == "deletion")
    held = select(HeldRight.id).where(
        HeldRight.user_id == User.id, or_(HeldRight.until_at.is_(None), HeldRight.until_at > User.deleted_at)
    )
    removal = select(RightsRequest.id).where(
        RightsRequest.user_id == User.id, RightsRequest.kind == "removal", RightsRequest.state.in_(REQUESTED)
    )
    own = (User.organization_id == organization_id, User.deleted_at.is_not(None))
    found = select(User).where(*own, by_dormancy.exists(), held.exists(), ~removal.exists())
    loaded = (joinedload(User.organization), joinedload(User.contractor))
    return session.scalars(found.options(*loaded).order_by(User.deleted_at, User.id)).all()


def todos(session: Session, viewer: Viewer, _now: datetime) -> list[Todo]:
    """One line for each of them: who, and when the account was deleted."""
    if not viewer.is_contact_manager:
        return []
    return [_todo(user) for user in unremoved(session, viewer.organization_id)]


def _todo(user: User) -> Todo:
    title = _("%(name)sさんの利用権限の抹消を申請してください", name=user.name_kanji)
    assert user.deleted_at is not None
    note = _("長期未使用のため %(day)s にIDを削除しました。利用権限の記録は残っています", day=day(user.deleted_at))
    return Todo(_("要対応"), "red", title, note, "/dormancy", _("状況を見る"))
