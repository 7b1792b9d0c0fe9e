from datetime import timedelta

from flask import Flask
from sqlalchemy.orm import Session

from rights.allowed import MAY_ENTER, NO, YES
from rights.models import HeldRight
from rights.my_rights import my_rights
from tests import make
from tests.browsing import logged_in
from tests.cast import Cast
from tests.certificates import NOW
from tests.rights.entries import higashi


def test_rights_stand_in_the_order_of_the_screens_with_what_they_allow(session: Session) -> None:
    """R5-8, R5-9."""
    rights = {"LOACUS": "02010", "JUJU": "yes", "JOHS": "J1010", "TAXIS": "1012"}
    person = make.user(session, higashi(session), rights=rights)
    mine = my_rights(session, person.id, NOW)
    assert [(right.system, right.title) for right in mine] == [
        ("TAXIS", "1012 更新権限あり(業務限定あり)"),
        ("JOHS", "J1010 権限あり"),
        ("JUJU", "権限あり"),
        ("LOACUS", "02010 託送供給依頼者(更新権限)"),
    ]
    assert [allowed.mark for allowed in mine[0].allows] == [*[YES] * 6, NO, NO, YES, YES]
    assert [len(right.allows) for right in mine] == [10, 0, 0, 9]
    assert (mine[3].allows[1].row.area, mine[3].allows[1].mark) == ("GLA02", MAY_ENTER)


def test_the_special_approval_of_the_organization_shows(session: Session) -> None:
    """R5-9: GLG01 to GLG03 for 03010, and only with it."""
    marks = []
    for has_approval in (False, True):
        producer = make.organization(session, kinds=("producer",), has_special_approval=has_approval)
        (right,) = my_rights(session, make.user(session, producer, rights={"LOACUS": "03010"}).id, NOW)
        marks.append([allowed.mark for allowed in right.allows if allowed.row.area.startswith("GLG")])
    assert marks == [[NO] * 3, [YES] * 3]


def test_what_has_ended_is_gone_and_what_is_to_come_says_when(session: Session) -> None:
    """R5-10: until then it is no right in effect."""
    person = make.user(session, higashi(session))
    earlier, later = NOW - timedelta(days=9), NOW + timedelta(days=9)
    session.add(HeldRight(user_id=person.id, system="JOHS", code="J1010", from_at=earlier, until_at=NOW))
    session.add(HeldRight(user_id=person.id, system="TAXIS", code="1010", from_at=earlier, until_at=later))
    session.add(HeldRight(user_id=person.id, system="TAXIS", code="1011", from_at=later))
    mine = my_rights(session, person.id, NOW)
    assert [(right.title[:4], right.is_in_effect, right.until_at) for right in mine] == [
        ("1010", True, later),
        ("1011", False, None),
    ]


def test_the_account_shows_them(app: Flask, cast: Cast) -> None:
    """R5-8, R5-9."""
    page = logged_in(app, cast.higashi_reader).page("/account")
    assert all(
        words in page for words in ("1011 更新権限あり", "アラート情報の消し込み", "払出計画登録・照会", "登録可")
    )
    nothing = logged_in(app, cast.higashi_deputy).page("/account")
    assert "個別システムの利用権限はありません" in nothing
