"""The reception center's page of one request: every kind, with its parts, what happened to it, the call, and what was told to whom."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.actors import Actor
from base.db import transaction
from rights.changes import Wanted, enter_change
from rights.codes import AskedRights, System
from rights.completions import complete_parts, complete_registration
from rights.models import RightsRequest
from rights.removals import enter_removal
from rights.requests import cancel_request
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.rights.entries import CALENDAR, acting, at, entered
from tests.rights.ordering import ordered

Way = Callable[[Session, Organization, Actor, Actor, User], RightsRequest]


def _new(session: Session, of: Organization, manager: Actor, center: Actor, _reader: User) -> RightsRequest:
    request = ordered(session, of, manager, center, AskedRights(taxis="1011", loacus="02010"))
    complete_registration(session, request, "U000123", CALENDAR, by=center, now=at(date(2018, 12, 18)))
    complete_parts(session, request, {System.LOACUS}, CALENDAR, by=center, now=at(date(2018, 12, 20)))
    return request


def _change(session: Session, of: Organization, manager: Actor, _center: Actor, reader: User) -> RightsRequest:
    wanted = Wanted(AskedRights(taxis="1010", johs="J1010", juju="yes", loacus="02011"))
    return enter_change(session, of, reader, wanted, CALENDAR, by=manager, now=NOW)


def _removal(session: Session, of: Organization, manager: Actor, _center: Actor, reader: User) -> RightsRequest:
    return enter_removal(session, of, reader, "退職のため", CALENDAR, by=manager, now=NOW)


def _cancelled(session: Session, of: Organization, manager: Actor, center: Actor, _reader: User) -> RightsRequest:
    request = entered(session, of, manager, NOW)
    cancel_request(session, request, "カナが違います", "東野", NOW, by=center, now=NOW)
    return request


def _replaced(session: Session, of: Organization, manager: Actor, center: Actor, reader: User) -> RightsRequest:
    change = _change(session, of, manager, center, reader)
    _removal(session, of, manager, center, reader)
    return change


PAGES: tuple[tuple[Way, tuple[str, ...]], ...] = (
    (
        _new,
        (
            *(
                "受付完了</td>",
                "システム処理日の処理</td>",
                "認証システム登録完了入力</td>",
                "LOACUSの完了</td>",
                "受付 良子</td>",
            ),
            *(
                "自動</td>",
                "2018/12/26(水)以降",
                "2019/01/07(月)以降",
                "処理完了",
                "higashino@higashi-gas.example</td>",
            ),
        ),
    ),
    (
        _change,
        ("変更", "1011 更新権限あり", "<b>1010 更新権限なし</b>", "TAXISの完了</td>", "済", "未済", "2026/12/01(火)"),
    ),
    (
        _removal,
        ("抹消", "退職のため", "2026/11/23(月)以降", "お知らせしたメールはまだありません"),
    ),
    (_cancelled, ("申請取消", "カナが違います", "電話をした相手", "東野", "利用権限の申請を取り消しました</td>")),
    (_replaced, ("申請取消", "抹消の申請が出されたため、取り消しました。", "この方のほかの申請", "R-2611-0002")),
)


@pytest.mark.parametrize(("way", "words"), PAGES)
def test_the_page_of_a_request_tells_its_parts_its_history_and_its_mails(
    app: Flask, cast: Cast, enter: Callable[[Person], Visitor], way: Way, words: tuple[str, ...]
) -> None:
    """R5-10, R5-12, R5-17, R5-34: of every kind; whoever is no reception center finds no such page (R8-6)."""
    with app.app_context(), transaction() as session:
        people = (cast.higashi_manager, cast.reception, cast.higashi_reader)
        manager, center, reader = (session.get_one(User, one.user_id) for one in people)
        request = way(session, manager.organization, acting(manager), acting(center), reader)
        path = f"/staff/requests/{request.public_id}"
    page = enter(cast.reception).page(path)
    assert [each for each in words if each not in page] == []
    for other in (cast.nishi_manager, cast.higashi_manager):
        assert enter(other).get(path).status_code == 404
