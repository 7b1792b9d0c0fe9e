"""Drafts of requests: kept by a button and by leaving, for the organization's contact managers; no request (R5-10 ①, R8-4)."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from auth.models import User
from base.audit import AuditEntry
from base.db import db, transaction
from base.identifiers import public_id
from base.refusals import Refused
from rights.entry.drafts import KEPT_FOR, MOST, Sheet, forget_old_drafts, keep_draft, version_of
from rights.juju_seats import seats_taken
from rights.models import RequestDraft
from tests import make
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.rights.asking import FILLED, all_requests, checked, confirmation
from tests.rights.entries import acting, higashi

DRAFTS = "/requests/drafts"
Enter = Callable[[Person], Visitor]
TYPED = FILLED | {"taxis": "1012", "juju": "yes", "memo": "あとで確認する"}


def kept(visitor: Visitor, page: str = "/requests/new", **typed: str) -> TestResponse:
    """「下書きに残す」 on a form that is half filled in."""
    form = visitor.form(page, "/requests/new")
    return visitor.post(DRAFTS, form.values | typed)


def left(visitor: Visitor, page: str = "/requests/new", **typed: str) -> TestResponse:
    """What the script sends as the form is left."""
    form = visitor.form(page, "/requests/new")
    return visitor.post(f"{DRAFTS}/left", form.values | typed)


def all_drafts(app: Flask) -> list[RequestDraft]:
    with app.app_context():
        return list(db.session.scalars(select(RequestDraft).order_by(RequestDraft.id)))


@pytest.fixture
def manager(app: Flask, cast: Cast, enter: Enter) -> Visitor:
    return enter(cast.higashi_manager)


def test_a_draft_is_kept_taken_up_by_another_manager_and_sent(
    manager: Visitor, app: Flask, cast: Cast, enter: Enter
) -> None:
    """R2-4, R8-3: nothing of it is a request until it is sent; then it is no draft any more."""
    assert kept(manager, **TYPED).status_code == 303
    (draft,) = all_drafts(app)
    assert all_requests(app) == []
    with app.app_context():
        assert seats_taken(db.session(), cast.higashi_manager.organization_id, NOW) == 3
    deputy = enter(cast.higashi_deputy)
    assert "北島 三郎" in deputy.page(DRAFTS)
    assert "下書き 1件" in deputy.page("/requests")
    page = deputy.page(f"{DRAFTS}/{draft.public_id}")
    form = deputy.form(f"{DRAFTS}/{draft.public_id}", "/requests/new")
    assert {name: form.values[name] for name in TYPED} == TYPED
    assert "JUJUの利用開始" in page
    confirmed = confirmation(deputy, **form.values)
    assert confirmed.values["draft"] == draft.public_id
    assert deputy.post(confirmed.action, confirmed.values).status_code == 303
    assert (len(all_requests(app)), all_drafts(app)) == (1, [])


def test_leaving_keeps_one_draft_however_often_and_nothing_of_an_empty_form(manager: Visitor, app: Flask) -> None:
    """The key comes with the form: hidden, shown, left again."""
    assert left(manager).status_code == 204
    form = manager.form("/requests/new", "/requests/new")
    answers = [manager.post(f"{DRAFTS}/left", form.values | {"name_kanji": name}) for name in ("北", "北島")]
    (draft,) = all_drafts(app)
    assert [answer.get_json()["draft"] for answer in answers] == [draft.public_id] * 2
    assert json.loads(draft.fields)["name_kanji"] == "北島"
    assert all_requests(app) == []


def test_the_confirmation_can_be_left_as_a_draft_too(manager: Visitor, app: Flask) -> None:
    form = confirmation(manager)
    assert manager.post(DRAFTS, form.values).status_code == 303
    assert json.loads(all_drafts(app)[0].fields)["login_id"] == FILLED["login_id"]


def test_a_form_that_comes_back_says_that_it_holds_what_nobody_has_kept(manager: Visitor) -> None:
    """R8-3: refused, checked or with tasks ticked; a fresh one doesn't, and leaving it keeps nothing."""
    assert "data-typed" not in manager.page("/requests/new")
    for changes in ({"name_kana": "北島"}, {"step": "choose"}, {}):
        assert 'data-typed="yes"' in checked(manager, **changes).text


def test_what_somebody_else_has_kept_meanwhile_is_not_written_over(
    manager: Visitor, app: Flask, cast: Cast, enter: Enter, hands: Hands
) -> None:
    """Two contact managers at one draft: both words stay, as two drafts."""
    kept(manager, name_kanji="北島 三郎")
    page = f"{DRAFTS}/{all_drafts(app)[0].public_id}"
    mine = manager.form(page, "/requests/new").values
    hands.now += timedelta(minutes=1)
    assert kept(enter(cast.higashi_deputy), page, name_kanji="北島 史郎").status_code == 303
    assert manager.post(DRAFTS, mine | {"name_kanji": "北島 五郎"}).status_code == 303
    assert sorted(json.loads(draft.fields)["name_kanji"] for draft in all_drafts(app)) == ["北島 五郎", "北島 史郎"]


def test_a_draft_is_discarded_by_a_button_and_once(manager: Visitor, app: Flask) -> None:
    """R8-8, R8-1: in the trail without what was typed."""
    kept(manager, name_kanji="北島 三郎")
    path = f"{DRAFTS}/{all_drafts(app)[0].public_id}"
    assert manager.get(f"{path}/discard").status_code == 405
    form = manager.form(DRAFTS, f"{path}/discard")
    answers = [manager.post(form.action, form.values) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert all_drafts(app) == []
    assert manager.get(path).status_code == 404
    with app.app_context():
        lines = db.session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("request.draft"))).all()
    assert [line.action for line in lines] == ["request.draft_kept", "request.draft_discarded"]
    assert not any("北島" in str((line.before, line.after)) for line in lines)


def test_an_outsider_finds_no_draft_and_writes_over_none(
    manager: Visitor, app: Flask, cast: Cast, enter: Enter
) -> None:
    """R8-4, G3, E14: by address and by form field."""
    kept(manager, name_kanji="北島 三郎")
    (draft,) = all_drafts(app)
    outsider, path = enter(cast.nishi_manager), f"{DRAFTS}/{draft.public_id}"
    hidden, absent = outsider.get(path), outsider.get(f"{DRAFTS}/0000000000zz")
    assert (hidden.status_code, hidden.text) == (404, absent.text)
    assert "北島" not in outsider.page(DRAFTS)
    named = {"draft": draft.public_id, "name_kanji": "西 一"}
    for answer in (kept(outsider, **named), left(outsider, **named)):
        assert answer.status_code == 404
    key = outsider.form("/account", "/account/language").values
    assert outsider.post(f"{path}/discard", key).status_code == 404
    own = outsider.form("/requests/new", "/requests/new").values
    sent = confirmation(outsider, taxis=None, login_id="own@nishi-gas.example")
    assert outsider.post(sent.action, sent.values | {"draft": draft.public_id}).status_code == 303
    (still,) = all_drafts(app)
    assert (json.loads(still.fields)["name_kanji"], own["draft"] != draft.public_id) == ("北島 三郎", True)
    assert enter(cast.higashi_reader).get(DRAFTS).status_code == 404


@pytest.mark.parametrize(
    ("typed", "words"), [({}, "まだ何も入力されていません"), ({"memo": "あ" * 2001}, "長すぎる項目")]
)
def test_what_can_not_be_kept_says_why_and_stays_typed(
    manager: Visitor, app: Flask, typed: dict[str, str], words: str
) -> None:
    """R8-3."""
    answer = kept(manager, **typed)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert typed.get("memo", "") in answer.text
    assert kept(manager, name_kanji="北島", draft="not-one-of-ours").status_code == 400
    assert all_drafts(app) == []


def test_a_contractor_that_is_gone_by_now_is_named(manager: Visitor, app: Flask, cast: Cast) -> None:
    """R5-1, G8: else the form would silently choose another company."""
    kept(manager, name_kanji="北島 三郎", contractor="0000000000zz")
    page = manager.page(f"{DRAFTS}/{all_drafts(app)[0].public_id}")
    assert "登録されている委託先事業者の中から選択してください" in page


def test_drafts_are_bounded_and_forgotten(session: Session) -> None:
    """R8-5, E17."""
    organization = higashi(session)
    by = acting(make.user(session, organization, contact_role="primary"))
    for _ in range(MOST):
        keep_draft(session, organization.id, Sheet("new", public_id(), "", "{}"), by=by, now=NOW)
    with pytest.raises(Refused):
        keep_draft(session, organization.id, Sheet("new", public_id(), "", "{}"), by=by, now=NOW)
    last = session.scalars(select(RequestDraft).order_by(RequestDraft.id.desc())).first()
    assert last is not None
    again = Sheet("new", last.public_id, version_of(last), '{"memo": "x"}')
    assert keep_draft(session, organization.id, again, by=by, now=NOW + timedelta(days=1)) is last
    forget_old_drafts(session, NOW + KEPT_FOR + timedelta(hours=1))
    assert session.scalars(select(RequestDraft.public_id)).all() == [last.public_id]


def test_two_at_once_with_one_key_keep_one_draft(any_app: Flask, any_cast: Cast) -> None:
    """G1: the page was left and shown again, on both databases."""
    key = public_id()

    def keep(number: int) -> str:
        with any_app.app_context(), transaction() as session:
            by = acting(session.get_one(User, any_cast.higashi_manager.user_id))
            fields = json.dumps({"memo": str(number)})
            draft = keep_draft(session, by.organization_id or 0, Sheet("new", key, "", fields), by=by, now=NOW)
            return draft.public_id if draft else ""

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(keep, range(16))) == {key}
    assert len(all_drafts(any_app)) == 1
