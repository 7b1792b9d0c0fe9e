"""The check sheet: through others' eyes, and a test mail to oneself."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from auth.models import Organization, User
from base.actors import Actor
from base.db import db, transaction
from base.mail_text import Composed, Skipped
from base.outbox import Mail
from content.mailing.trial_mails import MOST_AN_HOUR, trial_mail_composer
from content.mailing.update_mails import update_mail_composer
from content.models import Article, ArticleRead, Page, Publication
from content.systems.stops import begin_disturbance
from content.writing.models import TrialMail
from tests import make
from tests.browsing import Visitor, forms_of
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.content.writing.test_publishing_views import draft, published
from tests.settings import BASE_URL, OPERATOR

Enter = Callable[[Person], Visitor]
NOTICES = re.compile(r'<div class="notice red">.*?</b>', re.DOTALL)
ROWS = re.compile(r'<a href="[^"]*"[^>]*>([^<]*)</a> <span class="tag')


@pytest.fixture
def desk(enter: Enter, cast: Cast) -> Visitor:
    return enter(cast.reception)


def organizations(app: Flask) -> dict[str, str]:
    with app.app_context():
        return dict(db.session.execute(select(Organization.name, Organization.public_id)).all())


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def rows_in(page: str, heading: str) -> list[str]:
    """Titles in the list below that heading."""
    return ROWS.findall(page.split(f"<h2>{heading}</h2>")[1].split("</table>", maxsplit=1)[0])


def test_a_draft_is_seen_as_its_readers_will_and_nobody_is_told(
    app: Flask, desk: Visitor, enter: Enter, cast: Cast
) -> None:
    """R9-2, R8-6: the lists before going public are those that readers then open; for Nishi the article doesn't exist."""
    published(desk, title="先に出たお知らせ")
    published(desk, title="固定のお知らせ", is_pinned="y")
    published(desk, title="JOHSの障害のお知らせ", page="johs", kind="disturbance")
    with app.app_context(), transaction() as session:
        by = Actor("staff", cast.reception.user_id, cast.reception.organization_id)
        times = {"from_at": NOW, "next_update_at": NOW + timedelta(hours=1)}
        begin_disturbance(session, "TAXIS", effect="検針のみ", **times, by=by, now=NOW)
    home, of = draft(desk), organizations(app)
    manager = desk.page(f"{home}/as?organization={of['ひがしガス株式会社']}&reader=manager")
    assert "ひがしガス株式会社の「窓口責任者」として見ています" in manager
    outsider = desk.page(f"{home}/as?organization={of['にしガス株式会社']}&reader=holder")
    assert "にしガス株式会社は TAXIS を利用していません。" in outsider
    for words in ("先に出たお知らせ", "本文です", 'href="#preview-ja"'):
        assert words in manager
        assert words not in outsider
    assert count(app, ArticleRead) == count(app, TrialMail) == 0
    assert all(cast_person.name not in manager + outsider for cast_person in (cast.higashi_manager, cast.nishi_reader))
    assert enter(cast.higashi_reader).get(home.removeprefix("/staff")).status_code == 404
    desk.submit(f"{home}/check", f"{home}/publish")
    reader = enter(cast.higashi_reader)
    own = reader.page("/")
    for heading in ("重要なお知らせ", "新着のお知らせ"):
        assert rows_in(manager, heading) == rows_in(own, heading)
    assert len(NOTICES.findall(own)) == 2
    assert NOTICES.findall(manager) == NOTICES.findall(own)
    assert rows_in(manager, "TAXIS") == ROWS.findall(reader.page("/pages/taxis").split("件名</th>")[-1])


def test_a_narrowed_page_and_kinds_that_an_organization_hasnt(app: Flask, desk: Visitor) -> None:
    """R9-2, R7-2: odd choices choose nothing."""
    with app.app_context(), transaction() as session:
        session.scalars(select(Page).where(Page.slug == "taxis")).one().is_narrowed = True
        make.organization(session, "タクシス専業株式会社", systems=("TAXIS",))
    home, of = draft(desk), organizations(app)
    narrowed = desk.page(f"{home}/as?organization={of['ひがしガス株式会社']}&reader=other")
    assert "TAXIS の利用権限を持つ人と窓口責任者に限られています" in narrowed
    assert "この記事は存在しません" in narrowed
    alone = desk.page(f"{home}/as?organization={of['タクシス専業株式会社']}&reader=other")
    assert "この事業者に、このような利用者はいません" in alone
    operator = of["みなみ都市ガスネットワーク"]
    for odd in ("", f"?organization={operator}&reader=manager", "?organization=zzzz&reader=staff"):
        assert "事業者と見る人を選んでください" in desk.page(f"{home}/as{odd}")


def test_a_typed_update_is_seen_before_it_is_saved(app: Flask, desk: Visitor) -> None:
    """R9-2: with the words as typed, while readers still have the old ones; nothing changes."""
    home, of = published(desk), organizations(app)
    sheet = desk.submit(home, f"{home}/check", title="検針結果の再配信(続報)")
    form = next(each for each in forms_of(sheet.text) if each.action == f"{home}/as")
    seen = desk.post(form.action, {**form.values, "organization": of["ひがしガス株式会社"], "reader": "holder"})
    assert rows_in(seen.text, "TAXIS") == ["検針結果の再配信(続報)"]
    back = next(each for each in forms_of(seen.text) if each.action == f"{home}/check")
    assert "検針結果の再配信(続報)" in desk.post(back.action, back.values).text
    with app.app_context():
        assert db.session.scalars(select(Article.title)).all() == ["検針結果の再配信"]
    assert desk.post(form.action, {**form.values, "title": ""}).status_code == 422


def test_the_test_mail_is_the_very_mail_and_the_sheet_stays_as_typed(app: Flask, desk: Visitor, cast: Cast) -> None:
    """R9-2, R7-13: to whoever asks alone, marked in its subject; no publication; pressed twice it is one."""
    with app.app_context(), transaction() as session:
        staff = session.get_one(User, cast.reception.user_id)
        make.address(session, session.get_one(Organization, cast.higashi_manager.organization_id), staff)
    home = draft(desk, title_en="Sent again", source_en="It was late.")
    form = desk.form(f"{home}/check", f"{home}/publish")
    typed = {**form.values, "suppress_reason": "誤字の訂正のみ"}
    answers = [desk.post(f"{home}/test-mail", typed) for _ in range(2)]
    assert all(
        'value="誤字の訂正のみ"' in each.text and "入力内容をご確認ください" not in each.text for each in answers
    )
    assert (count(app, Mail), count(app, Publication)) == (1, 0)
    desk.submit(f"{home}/check", f"{home}/publish")
    with app.app_context():
        trial, real = db.session.scalars(select(Mail).order_by(Mail.id)).all()
        assert trial.address == cast.reception.login_id
        tested = trial_mail_composer(BASE_URL, OPERATOR)(db.session(), trial, NOW)
        sent = update_mail_composer(BASE_URL, OPERATOR)(db.session(), real, NOW)
        assert isinstance(tested, Composed)
        assert isinstance(sent, Composed)
        assert (tested.subject, tested.body) == (f"【テスト】{sent.subject}", sent.body)
        db.session.get_one(User, cast.reception.user_id).staff_role = "operations"
        assert isinstance(trial_mail_composer(BASE_URL, OPERATOR)(db.session(), trial, NOW), Skipped)


def test_the_test_mail_of_an_update_has_the_typed_words_and_its_limit(app: Flask, desk: Visitor) -> None:
    """R9-2, R8-3, E14: nobody else's address can be named; at the limit the sheet stays too, and an hour later it goes on."""
    home = published(desk)
    sheet = desk.submit(home, f"{home}/check", title="検針結果の再配信(続報)")
    form = next(each for each in forms_of(sheet.text) if each.action == f"{home}/update")
    forged = {"address": "x@evil.example", "asked_by": "1", "no_mail": "y"}
    for number in range(MOST_AN_HOUR + 1):
        values = {**form.values, **forged, "form_key": f"{number:032x}"}
        answer = desk.post(f"{home}/test-mail", values)
        assert "検針結果の再配信(続報)" in answer.text
    assert answer.status_code == 422
    assert "テストメールは1時間に10通までです" in answer.text
    kept = next(each for each in forms_of(answer.text) if each.action == f"{home}/update")
    assert kept.values["no_mail"] == "y"
    with app.app_context():
        trials = db.session.scalars(select(TrialMail)).all()
        assert {(each.title, each.is_update) for each in trials} == {("検針結果の再配信(続報)", True)}
        assert len(trials) == MOST_AN_HOUR
        addresses = db.session.scalars(select(Mail.address).where(Mail.kind == "publication-trial")).all()
        assert set(addresses) == {"uketsuke@minami-network.example"}
    with app.app_context(), transaction() as session:
        session.execute(update(TrialMail).values(asked_at=NOW - timedelta(hours=1)))
    assert desk.post(f"{home}/test-mail", {**form.values, "form_key": "f" * 32}).status_code == 200


def test_a_tick_without_its_reason_keeps_all_that_was_typed(desk: Visitor) -> None:
    """R7-13, R8-3: tick, words of the update and its English."""
    home = published(desk)
    typed = {"title": "続報", "source": "改めた本文。", "title_en": "More", "source_en": "News.", "tags": "検針"}
    sheet = desk.submit(home, f"{home}/check", **typed)
    form = next(each for each in forms_of(sheet.text) if each.action == f"{home}/update")
    refused = desk.post(form.action, {**form.values, "no_mail": "y"})
    assert refused.status_code == 422
    again = next(each for each in forms_of(refused.text) if each.action == f"{home}/update")
    assert {name: again.values[name] for name in typed} == typed
    assert again.values["no_mail"] == "y"
