"""An inventory on the contact manager's home, and on the reception center's desk (R5-20)."""

from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.viewer import Viewer
from base.jst import day_of
from base.waiting import Figure, Todo
from base.words import day
from rights.inventory.models import InventoryCampaign
from rights.inventory.queries import campaigns_of, newest_first, open_campaign, sign_off_of, tally_of, unfinished
from rights.inventory.rules import Tally, is_late


def todos(session: Session, viewer: Viewer, now: datetime) -> list[Todo]:
    """Until the organization has completed it."""
    if not viewer.is_contact_manager:
        return []
    of = viewer.organization_id
    running = [each for each in newest_first(session, campaigns_of(of)) if each.ended_at is None]
    waiting = [each for each in running if sign_off_of(session, each, of) is None]
    return [_todo(each, tally_of(session, each, of), day_of(now)) for each in waiting]


def figures(session: Session, now: datetime) -> list[Figure]:
    """Organizations that haven't completed the running one."""
    campaign = open_campaign(session)
    if campaign is None:
        return []
    left, late = len(unfinished(session, campaign)), is_late(campaign.due_on, day_of(now))
    label = _("棚卸が未完了の事業者(期限超過)") if late and left else _("棚卸が未完了の事業者")
    return [Figure(left, label, f"/staff/inventories/{campaign.public_id}", is_late=late and left > 0)]


def _todo(campaign: InventoryCampaign, tally: Tally, today: date) -> Todo:
    if tally.unanswered:
        title = _("利用権限の棚卸:%(count)s名が未回答です", count=tally.unanswered)
        button = _("回答する")
    else:
        title = _("利用権限の棚卸:全員の回答がそろいました。完了してください")
        button = _("完了する")
    due, late = day(campaign.due_on), is_late(campaign.due_on, today)
    note = _("期限 %(day)s を過ぎています", day=due) if late else _("期限 %(day)s", day=due)
    return Todo(_("棚卸"), "red" if late else "amber", title, note, f"/inventory/{campaign.public_id}", button)
