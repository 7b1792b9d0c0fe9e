"""What contact managers hear of an inventory, written as it leaves (R5-20, F9, R2-4)."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from auth.models import User
from base.mail_text import Composed, Skipped
from base.outbox import Mail
from rights.inventory.answers import keep, sign_off
from rights.inventory.campaigns import end_campaign
from rights.inventory.mails import CLOSED, COMPLETED, ENDED, inventory_composers
from rights.inventory.models import InventoryCampaign
from rights.inventory.reminders import REMINDER, STARTED, remind
from rights.request_mails import NO_MANAGER
from tests.rights.entries import CALENDAR, at
from tests.rights.inventory.test_campaigns import BEGUN, DUE, Ground
from tests.rights.ordering import mails
from tests.settings import BASE_URL, OPERATOR

COMPOSERS = inventory_composers(BASE_URL, OPERATOR)
MONDAY = at(date(2026, 11, 9))


@pytest.fixture
def ground(session: Session) -> Ground:
    return Ground(session)


@pytest.fixture
def campaign(ground: Ground) -> InventoryCampaign:
    campaign = ground.begun()
    remind(ground.session, campaign, (), CALENDAR, by=ground.staff, now=MONDAY)
    return campaign


def mail_to(ground: Ground, kind: str) -> Mail:
    return next(mail for mail in mails(ground.session, kind) if mail.address == ground.manager_row.login_id)


def written(ground: Ground, kind: str, **days: int) -> Composed | Skipped:
    answer = COMPOSERS[kind](ground.session, mail_to(ground, kind), MONDAY + timedelta(**days))
    assert isinstance(answer, Composed | Skipped)
    return answer


def test_both_mails_say_until_when_and_how_many_are_left(ground: Ground, campaign: InventoryCampaign) -> None:
    """R5-20, R2-4: to each contact manager by name; as it stands when the mail leaves."""
    ground.keep(campaign, ground.reader)
    for kind in (STARTED, REMINDER):
        assert len(mails(ground.session, kind)) == 3
        letter = written(ground, kind)
        assert isinstance(letter, Composed)
        assert "期限 2026/11/30(月)" in letter.subject
        for words in (
            "ひがしガス",
            "東野 花子 様",
            "対象者3名のうち、2名が未回答です。",
            "あと21日",
            f"/inventory/{campaign.public_id}",
        ):
            assert words in letter.body
        assert "にしガス" not in letter.body
    late = written(ground, REMINDER, days=(DUE - MONDAY.date()).days + 1)
    assert isinstance(late, Composed)
    assert "期限を過ぎています" in late.body


def test_a_mail_that_lost_its_point_does_not_go(ground: Ground, campaign: InventoryCampaign) -> None:
    """F9: a reminder on a closed day; to who isn't a contact manager any more; of what is completed, or has ended."""
    session = ground.session
    assert written(ground, REMINDER, days=5) == Skipped(CLOSED)
    assert isinstance(written(ground, STARTED, days=5), Composed)
    user = session.get_one(User, ground.manager_row.id)
    user.contact_role = None
    assert written(ground, REMINDER) == Skipped(NO_MANAGER)
    user.contact_role = "primary"
    names = [each.public_id for each in (ground.reader, ground.other, ground.manager_row)]
    keep(session, campaign, ground.higashi, names, by=ground.manager, now=BEGUN)
    assert isinstance(written(ground, REMINDER), Composed)
    sign_off(session, campaign, ground.higashi, by=ground.manager, now=BEGUN)
    assert written(ground, REMINDER) == Skipped(COMPLETED)
    end_campaign(session, campaign, by=ground.staff, now=MONDAY)
    assert written(ground, STARTED) == Skipped(ENDED)
