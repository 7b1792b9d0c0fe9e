"""What contact managers hear of their organization's requests: once each, and nothing that is no longer so."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.actors import Actor
from base.mail_text import Skipped
from rights.changes import Wanted, enter_change, withdraw_change
from rights.codes import AskedRights, System
from rights.completions import complete_parts, complete_registration
from rights.models import RightsRequest
from rights.removals import enter_removal, settle_removals
from rights.request_news import News
from rights.requests import accept_request, cancel_request, withdraw_request
from tests import make
from tests.rights.entries import CALENDAR, acting, at, entered, higashi
from tests.rights.ordering import ACCEPTED, ENTERED, accepted, letter, mails, ordered, written
from tests.settings import BASE_URL

ALL_FOUR = AskedRights(taxis="1011", johs="J1010", juju="yes", loacus="02010")
AFTER_M = at(date(2018, 12, 18))


@pytest.fixture
def organization(session: Session) -> Organization:
    return higashi(session)


@pytest.fixture
def boss(session: Session, organization: Organization) -> User:
    return make.user(session, organization, "higashino@higashi-gas.example", contact_role="primary")


@pytest.fixture
def manager(session: Session, organization: Organization, boss: User) -> Actor:
    """A deputy hears of it too; Nishi's contact manager and a reader of the own organization never."""
    make.user(session, organization, "azuma@higashi-gas.example", name="東 健", contact_role="deputy")
    make.user(session, organization, "minami@higashi-gas.example")
    make.user(session, make.organization(session, "にしガス"), "nishikawa@nishi-gas.example", contact_role="primary")
    return acting(boss)


@pytest.fixture
def center(session: Session) -> Actor:
    operator = make.organization(session, "みなみ", is_operator=True)
    return acting(make.user(session, operator, staff_role="reception"))


def told(session: Session, news: News) -> list[str]:
    return [mail.address for mail in mails(session, news)]


BOTH = ["higashino@higashi-gas.example", "azuma@higashi-gas.example"]


def test_of_an_acceptance_all_contact_managers_hear_with_the_days_it_reaches(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R2-4, R5-10 ②, R5-33, R5-34."""
    request = accepted(session, organization, manager, center, ALL_FOUR)
    assert told(session, News.ACCEPTED) == BOTH
    found = letter(session, mails(session, News.ACCEPTED)[1], at(ACCEPTED))
    assert found.subject == f"利用権限の申請を受け付けました({request.number})"
    for words in (
        "ひがしガス\n東 健 様",
        f"申請番号:{request.number}(新規)\n利用者:北島 三郎 様\n所属事業者:ひがしガス\n",
        "・TAXIS 1011 更新権限あり\n・JOHS J1010 権限あり\n・JUJU 権限あり\n・LOACUS 02010 託送供給依頼者(更新権限)\n",
        "受付完了:2018/12/14(金)\nシステム処理日:2018/12/17(月)\n",
        "TAXIS・JOHSの利用開始:2018/12/26(水) 以降\nJUJU・LOACUSの利用開始:2019/01/07(月) 以降\n",
        f"{BASE_URL}/requests/{request.public_id}\n",
    ):
        assert words in found.body


def test_of_a_cancellation_they_hear_the_reason(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-10 ②."""
    request = entered(session, organization, manager, at(ENTERED))
    reason = "カナが違います。\n「キタジマ」ではありませんか。"
    cancel_request(session, request, reason, "東野", at(ENTERED), by=center, now=at(ENTERED))
    assert told(session, News.CANCELLED) == BOTH
    body = letter(session, mails(session, News.CANCELLED)[0], at(ENTERED)).body
    assert f"■ 取消の理由\n{reason}\n" in body
    assert "もう一度新しく申請してください" in body


def test_registration_and_completion_are_told_one_after_the_other(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-10 ⑥ ⑦ ⑪, R5-12: with the user number, what is done, and from when it is in use."""
    request = ordered(session, organization, manager, center, AskedRights(taxis="1011", juju="yes"))
    complete_registration(session, request, "U000123", CALENDAR, by=center, now=AFTER_M)
    assert (told(session, News.REGISTERED), told(session, News.COMPLETED)) == (BOTH, [])
    body = letter(session, mails(session, News.REGISTERED)[0], AFTER_M).body
    assert "■ 利用者番号\nU000123\n" in body
    assert "・TAXIS 1011 更新権限あり:済。2018/12/26(水) 以降ご利用いただけます\n・JUJU 権限あり:未済\n" in body
    complete_parts(session, request, {System.JUJU}, CALENDAR, by=center, now=AFTER_M)
    assert told(session, News.COMPLETED) == BOTH
    assert "・JUJU 権限あり:済。2019/01/07(月) 以降" in letter(session, mails(session, News.COMPLETED)[0], AFTER_M).body
    assert isinstance(written(session, mails(session, News.REGISTERED)[0], AFTER_M), Skipped)


def test_what_registration_completes_at_once_is_told_in_one_mail(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-10 ⑥ ⑪: neither JUJU nor LOACUS was asked for."""
    request = ordered(session, organization, manager, center, AskedRights(taxis="1011"))
    complete_registration(session, request, "U000123", CALENDAR, by=center, now=AFTER_M)
    assert (told(session, News.REGISTERED), told(session, News.COMPLETED)) == ([], BOTH)
    assert "U000123" in letter(session, mails(session, News.COMPLETED)[0], AFTER_M).body


def test_a_change_is_told_when_it_is_complete_and_not_when_it_is_taken_back(
    session: Session, organization: Organization, boss: User, manager: Actor
) -> None:
    """R5-14, R5-15, R5-17."""
    user = make.user(session, organization, rights={"TAXIS": "1010"}, created_at=at(date(2018, 1, 10)))
    now = at(date(2018, 12, 3), hour=14)
    wanted = Wanted(AskedRights(taxis="1011"))
    enter_change(session, organization, user, wanted, CALENDAR, by=manager, now=now)
    assert told(session, News.COMPLETED) == BOTH
    first = letter(session, mails(session, News.COMPLETED)[0], now)
    assert "・TAXIS 1011 更新権限あり:済。2018/12/03(月) 14:00 以降" in first.body
    slow = enter_change(
        session, organization, user, Wanted(AskedRights(taxis="1010", loacus="02010")), CALENDAR, by=manager, now=now
    )
    withdraw_change(session, slow, by=acting(boss), now=now)
    assert (slow.state, told(session, News.COMPLETED)) == ("completed", BOTH)


def test_a_removal_tells_of_the_request_that_it_ends_and_of_its_own_completion(
    session: Session, organization: Organization, manager: Actor
) -> None:
    """R5-17, R5-18."""
    user = make.user(session, organization, rights={"TAXIS": "1010"}, created_at=at(date(2018, 1, 10)))
    now = at(date(2018, 12, 3))
    wanted = Wanted(AskedRights(taxis="1010", loacus="02010"))
    enter_change(session, organization, user, wanted, CALENDAR, by=manager, now=now)
    enter_removal(session, organization, user, "", CALENDAR, by=manager, now=now)
    assert told(session, News.CANCELLED) == BOTH
    body = letter(session, mails(session, News.CANCELLED)[0], now).body
    assert "抹消の申請が出されたため" in body
    assert "もう一度新しく申請" not in body
    tomorrow = at(date(2018, 12, 4), hour=0)
    assert settle_removals(session, now=tomorrow) == 1
    assert told(session, News.COMPLETED) == BOTH
    last = letter(session, mails(session, News.COMPLETED)[0], tomorrow).body
    assert "・TAXIS 抹消:済。2018/12/04(火) に終了" in last


def _removed_since(session: Session, request: RightsRequest, boss: User) -> None:
    request.state, request.cancel_reason = "cancelled", "抹消の申請が出されたため、取り消しました。"


def _no_longer_manager(session: Session, request: RightsRequest, boss: User) -> None:
    boss.contact_role = None


def _deleted(session: Session, request: RightsRequest, boss: User) -> None:
    boss.deleted_at = at(ACCEPTED)


def _organization_ended(session: Session, request: RightsRequest, boss: User) -> None:
    request.organization.ended_at = at(ACCEPTED)


@pytest.mark.parametrize("change", [_removed_since, _no_longer_manager, _deleted, _organization_ended])
def test_what_is_no_longer_so_when_the_mail_leaves_is_not_told(
    session: Session,
    organization: Organization,
    boss: User,
    manager: Actor,
    center: Actor,
    change: Callable[[Session, RightsRequest, User], None],
) -> None:
    """F9: judged again at sending."""
    request = accepted(session, organization, manager, center, ALL_FOUR)
    mail = mails(session, News.ACCEPTED)[0]
    letter(session, mail, at(ACCEPTED))
    change(session, request, boss)
    session.flush()
    assert isinstance(written(session, mail, at(ACCEPTED)), Skipped)


def test_of_a_completion_that_a_removal_has_overtaken_nothing_is_sent(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """F9, R5-17."""
    request = ordered(session, organization, manager, center, AskedRights(taxis="1011"))
    complete_registration(session, request, "U000123", CALENDAR, by=center, now=AFTER_M)
    mail = mails(session, News.COMPLETED)[0]
    letter(session, mail, AFTER_M)
    person = session.get_one(User, request.user_id)
    enter_removal(session, organization, person, "", CALENDAR, by=manager, now=AFTER_M + timedelta(minutes=1))
    assert isinstance(written(session, mail, AFTER_M), Skipped)


def test_nobody_hears_of_what_the_contact_manager_takes_back_himself(
    session: Session, organization: Organization, manager: Actor
) -> None:
    """R5-17: the press of the button has told him."""
    withdraw_request(session, entered(session, organization, manager, at(ENTERED)), by=manager, now=at(ENTERED))
    assert [told(session, news) for news in News] == [[], [], [], []]


def test_a_contact_manager_whose_id_takes_no_mail_holds_up_no_acceptance(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-10 ②, F1."""
    make.user(session, organization, "not-an-address", contact_role="deputy")
    request = entered(session, organization, manager, at(ENTERED))
    accept_request(session, request, CALENDAR, by=center, now=at(ACCEPTED))
    assert (request.state, told(session, News.ACCEPTED)) == ("accepted", BOTH)
