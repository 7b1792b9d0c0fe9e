from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from auth.models import Organization, User
from base.audit import AuditEntry
from base.db import db, transaction
from base.form_keys import FormKey, new_form_key
from base.outbox import Mail
from content.addresses.links import link_desk, token_for
from content.models import ContactAddress
from tests import make
from tests.browsing import Visitor, forms_of, logged_in
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands

Enter = Callable[[Person], Visitor]
NAME, ADDRESS = "東野 花子", "tanto@higashi-gas.example"
NOT_YOURS = "このリンクは、ログイン中のIDでは使えません"


@pytest.fixture
def path(app: Flask, cast: Cast) -> str:
    """The link in the mail to Higashi's contact manager, sent at NOW."""
    with app.app_context(), transaction() as session:
        higashi = session.get_one(Organization, cast.higashi_manager.organization_id)
        row = ContactAddress(
            organization=higashi,
            person_name=NAME,
            address=ADDRESS,
            address_folded=ADDRESS,
            registered_at=NOW,
            registered_by_id=cast.reception.user_id,
            link_sent_at=NOW,
        )
        session.add(row)
        session.flush()
        return "/verify/" + token_for(link_desk(app.config["PORTAL"].secrets.keys), row)


def change(app: Flask, **facts: object) -> None:
    with app.app_context(), transaction() as session:
        row = session.scalars(select(ContactAddress)).one()
        for name, value in facts.items():
            setattr(row, name, value)


def everything(app: Flask) -> list[object]:
    """All that a press would change."""
    with app.app_context():
        row = db.session.scalars(select(ContactAddress)).one()
        counted = [db.session.scalar(select(func.count()).select_from(table)) for table in (AuditEntry, Mail, FormKey)]
        return [row.verified_at, row.verified_by_id, row.link_sent_at, row.link_version, row.removed_at, *counted]


def is_verified(app: Flask) -> bool:
    return everything(app)[0] is not None


def test_from_the_mail_through_the_login_and_the_button_to_the_end(app: Flask, cast: Cast, path: str) -> None:
    """R7-11, R7-12, R8-8."""
    visitor = Visitor(app, cast.higashi_manager.client)
    to_login = visitor.get(path)
    assert to_login.status_code == 302
    landed = visitor.submit(to_login.location, "/login", login_id=cast.higashi_manager.login_id, password=make.PASSWORD)
    assert landed.location == path
    page = visitor.page(path)
    for words in (NAME, ADDRESS, "ひがしガス株式会社", "2026/11/29(日) 12:00 まで", "本登録する"):
        assert words in page
    assert not is_verified(app)
    answer = visitor.submit(path)
    assert answer.status_code == 303
    assert "<h1>本登録完了</h1>" in visitor.page(answer.location)
    assert is_verified(app)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize(
    "agent", ["Mozilla/5.0 Chrome/131.0", "Microsoft-Office SafeLinks", "Barracuda Sentinel", "python-requests/2", ""]
)
def test_opening_the_link_changes_nothing_however_often(
    app: Flask, cast: Cast, enter: Enter, path: str, method: str, agent: str
) -> None:
    """D7, R8-8, R7-11: a scanner with and without the contact manager's own session."""
    manager, stranger = enter(cast.higashi_manager), Visitor(app, cast.higashi_manager.client)
    before = everything(app)
    for visitor in (manager, stranger, Visitor(app, None)):
        for _again in range(2):
            visitor.browser.open(
                path, method=method, base_url="https://portal.example", headers=visitor._headers({"User-Agent": agent})
            )
    assert everything(app) == before


@pytest.mark.parametrize(("seconds", "is_open"), [(604_799, True), (604_800, True), (604_801, False)])
def test_the_page_opens_for_exactly_seven_days(
    app: Flask,
    cast: Cast,
    hands: Hands,
    path: str,
    seconds: int,
    is_open: bool,  # noqa: FBT001 - a row of the table
) -> None:
    """R7-12, D3: by the clock; afterwards the page says since when and what to do."""
    hands.now = NOW + timedelta(seconds=seconds)
    visitor = logged_in(app, cast.higashi_manager)
    answer = visitor.get(path)
    assert answer.status_code == (200 if is_open else 410)
    assert (">本登録する</button>" in answer.text) is is_open
    assert ("2026/11/29(日) 12:00 に切れました" in answer.text) is not is_open
    assert ("リンクの再送をご依頼ください" in answer.text) is not is_open


def test_the_button_of_a_page_left_open_too_long_verifies_nothing(
    app: Flask, cast: Cast, enter: Enter, hands: Hands, path: str
) -> None:
    """R7-12, D3: opened in time, pressed one second too late."""
    hands.now = NOW + timedelta(seconds=604_800)
    visitor = logged_in(app, cast.higashi_manager)
    form = visitor.form(path, path)
    hands.now += timedelta(seconds=1)
    answer = visitor.post(path, form.values)
    assert answer.status_code == 410
    assert "リンクの有効期限が切れています" in answer.text
    assert not is_verified(app)


def test_a_link_is_used_once_and_then_says_so(app: Flask, cast: Cast, enter: Enter, path: str) -> None:
    """R7-12, D1: opened or pressed again, also by the deputy, it tells who did it and changes nothing."""
    manager, deputy = enter(cast.higashi_manager), enter(cast.higashi_deputy)
    late = deputy.form(path, path)
    manager.submit(path)
    before = everything(app)[:-1]
    assert deputy.post(path, late.values).status_code == 303
    for visitor in (manager, deputy):
        page = visitor.page(path)
        assert "本登録は完了しています" in page
        assert "2026/11/22(日) 12:00 東野 花子" in page
        assert ">本登録する</button>" not in page
    assert everything(app)[:-1] == before


def test_pressing_twice_has_one_effect_and_one_answer(app: Flask, cast: Cast, enter: Enter, path: str) -> None:
    """G1, D6."""
    visitor = enter(cast.higashi_manager)
    form = visitor.form(path, path)
    first, second = visitor.post(path, form.values), visitor.post(path, form.values)
    assert (first.status_code, first.location) == (second.status_code, second.location)


def test_fifty_buttons_pressed_at_once_verify_once(app: Flask, cast: Cast, enter: Enter, path: str) -> None:
    """D6: through the application, each press with a key of its own, in a session of its own."""
    app.config["PORTAL"] = replace(app.config["PORTAL"], sessions_at_once=50)
    visitors = [enter(cast.higashi_manager) for _ in range(50)]
    presses = [(visitor, visitor.form(path, path).values) for visitor in visitors]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda press: press[0].post(path, press[1]).status_code, presses))
    assert set(answers) == {303}
    with app.app_context():
        verified = select(func.count()).where(AuditEntry.action == "address.verified")
        assert db.session.scalar(verified) == 1


@pytest.mark.parametrize(
    ("facts", "title", "advice"),
    [
        ({"link_version": 2}, "新しいリンクをお送りしています", "いちばん新しい"),
        ({"removed_at": NOW}, "このメールアドレスの登録は取り消されています", "登録をご依頼ください"),
        ({"link_sent_at": NOW - timedelta(days=8)}, "リンクの有効期限が切れています", "再送をご依頼ください"),
    ],
)
def test_each_dead_link_has_its_own_answer_and_says_what_to_do(
    app: Flask, cast: Cast, enter: Enter, path: str, facts: dict[str, object], title: str, advice: str
) -> None:
    """R7-12, D4."""
    visitor = enter(cast.higashi_manager)
    form = visitor.form(path, path)
    change(app, **facts)
    for answer in (visitor.get(path), visitor.post(path, form.values)):
        assert answer.status_code == 410
        assert f"<h1>{title}</h1>" in answer.text
        assert advice in answer.text
        assert "0570-000-111" in answer.text
        assert ">本登録する</button>" not in answer.text
    assert not is_verified(app)


def test_a_forged_link_says_that_it_is_no_link(app: Flask, cast: Cast, enter: Enter, path: str) -> None:
    """D2."""
    visitor = enter(cast.higashi_manager)
    form = visitor.form(path, path)
    for forged in (path[:-1], path + "A", "/verify/x", "/verify/" + "a" * 5000):
        for answer in (visitor.get(forged), visitor.post(forged, form.values)):
            assert answer.status_code == 404
            assert "リンクが正しくありません" in answer.text
    assert not is_verified(app)


@pytest.mark.parametrize(
    "facts",
    [{}, {"link_version": 2}, {"removed_at": NOW}, {"verified_at": NOW}, {"link_sent_at": NOW - timedelta(days=8)}],
    ids=["fresh", "replaced", "removed", "verified", "expired"],
)
@pytest.mark.parametrize("who", ["nishi_manager", "higashi_reader", "reception", "administrator"])
def test_nobody_but_a_contact_manager_of_the_organization_verifies_or_learns(
    app: Flask, cast: Cast, enter: Enter, path: str, facts: dict[str, object], who: str
) -> None:
    """R7-11, R8-4, D5: Nishi's manager, a reader of Higashi, staff; the words are the same in every state."""
    visitor = enter(getattr(cast, who))
    change(app, **facts)
    before = everything(app)
    opened = visitor.get(path)
    assert opened.status_code == 404
    assert NOT_YOURS in opened.text
    for secret in (ADDRESS, NAME, "期限", "2026/11/29", "再送"):
        assert secret not in opened.text
    if who == "nishi_manager":
        assert "ひがし" not in opened.text
    keys = next(form.values for form in forms_of(opened.text) if form.action == "/logout")
    pressed = visitor.post(path, keys | {"form_key": new_form_key()})
    assert (pressed.status_code, NOT_YOURS in pressed.text) == (404, True)
    assert everything(app) == before


def test_the_page_that_says_done_is_the_organization_s_own(app: Flask, cast: Cast, enter: Enter, path: str) -> None:
    """R8-4, E9: before the press it isn't there, and never for anybody else."""
    manager = enter(cast.higashi_manager)
    with app.app_context():
        done = f"/addresses/{db.session.scalars(select(ContactAddress.public_id)).one()}/verified"
    assert manager.get(done).status_code == 404
    manager.submit(path)
    assert manager.get(done).status_code == 200
    outsider = enter(cast.nishi_manager)
    absent = outsider.get("/addresses/000000000000/verified")
    for stranger in (outsider, enter(cast.higashi_reader), enter(cast.reception)):
        assert stranger.get(done).status_code == 404
    assert outsider.get(done).text == absent.text


def test_a_contact_manager_sees_the_addresses_of_the_own_organization_and_how_to_change_them(
    app: Flask, cast: Cast, enter: Enter, path: str
) -> None:
    """R7-12, R7-17, R8-4."""
    manager, outsider = enter(cast.higashi_manager), enter(cast.nishi_manager)
    page = manager.page("/addresses")
    for words in (
        NAME,
        ADDRESS,
        "仮登録",
        "リンクの期限 2026/11/29(日) 12:00 まで",
        "本登録済みのアドレスがありません",
    ):
        assert words in page
    assert "託送受付センターへ、事業者名・氏名・メールアドレスをお知らせください" in page
    change(app, verified_at=NOW, bounced_at=NOW)
    page = manager.page("/addresses")
    assert "本登録済み" in page
    assert "不達あり" in page
    assert ADDRESS not in outsider.page("/addresses")
    assert "まだ登録されていません" in outsider.page("/addresses")
    assert enter(cast.higashi_reader).get("/addresses").status_code == 404


@pytest.mark.parametrize(
    ("facts", "label", "what"),
    [
        ({"hold_reason": "まだ"}, "送信保留", "まもなくメールが届きます"),
        ({"link_sent_at": None}, "仮登録", "メールを送信しています"),
        ({"link_sent_at": NOW - timedelta(days=8)}, "期限切れ", "再送をご依頼ください"),
    ],
)
def test_each_address_says_where_it_stands_and_what_comes_next(
    app: Flask, cast: Cast, enter: Enter, path: str, facts: dict[str, object], label: str, what: str
) -> None:
    """R7-12."""
    change(app, **facts)
    page = enter(cast.higashi_manager).page("/addresses")
    assert f">{label}</span>" in page
    assert what in page


def test_the_pages_speak_the_contact_manager_s_language(app: Flask, cast: Cast, enter: Enter, path: str) -> None:
    """R8-3."""
    with app.app_context(), transaction() as session:
        session.get_one(User, cast.higashi_manager.user_id).language = "en"
    visitor = enter(cast.higashi_manager)
    assert "Until 2026/11/29 (Sun) 12:00" in visitor.page(path)
    assert ">Provisional</span>" in visitor.page("/addresses")
    assert "<h1>Address verified</h1>" in visitor.page(visitor.submit(path).location)


def test_no_log_line_holds_a_token(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, app: Flask, cast: Cast, path: str
) -> None:
    """D8: opened without login, by an outsider, pressed, and without a form's keys."""
    visitor = Visitor(app, cast.higashi_manager.client)
    visitor.get(visitor.get(path).location)
    visitor.log_in(cast.higashi_manager.login_id, next=path)
    visitor.get(path, headers={"Referer": "https://portal.example" + path})
    visitor.submit(path)
    visitor.get(path + "?token=" + path)
    logged_in(app, cast.nishi_manager).get(path)
    Visitor(app, None).get(path)
    visitor.post(path, {})
    written = capsys.readouterr()
    logged = written.err + written.out + caplog.text
    assert '"path": "/verify/***"' in logged
    payload, signature = path.removeprefix("/verify/").split(".")
    assert payload not in logged
    assert signature not in logged
