"""Contact page and FAQ as content."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from auth.models import User
from base.actors import Actor
from base.db import db, transaction
from base.settings import Desk, Operator
from content.languages import ENGLISH, JAPANESE
from content.markup import render
from content.texts.defaults import default_source
from content.texts.queries import shown_text
from content.texts.site_texts import Slug, TextMovedOn, save_text, text_words
from content.writing.models import SiteText, SiteTextRevision
from tests import make
from tests.browsing import Visitor, forms_of
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.settings import OPERATOR

Enter = Callable[[Person], Visitor]
CONTACT = "/staff/texts/contact"
FAQ = "/staff/texts/faq"


@pytest.fixture
def desk(enter: Enter, cast: Cast) -> Visitor:
    return enter(cast.reception)


def speaks_english(app: Flask, person: Person) -> None:
    with app.app_context(), transaction() as session:
        session.get_one(User, person.user_id).language = "en"


def editor_of(person: User) -> Actor:
    return Actor(person.login_id, person.id, person.organization_id)


@pytest.mark.parametrize("slug", list(Slug))
@pytest.mark.parametrize("language", [JAPANESE, ENGLISH])
def test_what_the_site_says_by_itself_is_whole(slug: Slug, language: str) -> None:
    """R2-6, R6-9: no placeholder is left, and each link leads somewhere."""
    source = default_source(slug, language, OPERATOR)
    assert "{" not in source
    html = render(source, language)
    assert html.count("<a href=") == source.count("](")


def test_the_operators_english_is_used_where_there_is_some(session: Session) -> None:
    """R2-6: name by name."""
    bare = Desk("窓口", "相談", "平日", name_en="Desk")
    spoken = Operator("みなみ", (bare,), bare, bare).in_english()
    assert (spoken.name, spoken.support_desk.name, spoken.desks[0].hours) == ("みなみ", "Desk", "平日")
    assert shown_text(session, Slug.CONTACT, ENGLISH, OPERATOR).language == ENGLISH


def test_staff_edit_what_readers_see(app: Flask, desk: Visitor, enter: Enter, cast: Cast) -> None:
    """R2-6, R6-9, R8-8: in each language, before the login as well; a preview changes nothing; others have no such screen."""
    reader, outsider, stranger = (
        enter(cast.higashi_reader),
        enter(cast.nishi_manager),
        Visitor(app, cast.nishi_reader.client),
    )
    typed = {"source": "## 窓口\n\n**新しい**窓口です。<script>", "source_en": "## Desk\n\nA new desk."}
    form = desk.form(CONTACT, CONTACT)
    assert "託送受付センター" in form.values["source"]
    previewed = desk.post(f"{CONTACT}/preview", {**form.values, **typed})
    assert "<strong>新しい</strong>窓口です。&lt;script&gt;" in previewed.text
    assert "新しい" not in reader.page("/contact")
    assert desk.submit(CONTACT, **typed).headers["Location"] == CONTACT
    assert desk.submit(FAQ, source="## 困ったとき\n\nお電話ください。", source_en="").status_code == 303
    assert "<h2>窓口</h2>" in reader.page("/contact")
    assert "<h3>困ったとき</h3>" in reader.page("/help")
    before_login = stranger.page("/login/help")
    assert "<h2>困ったとき</h2>" in before_login
    assert "東野" not in before_login
    speaks_english(app, cast.nishi_manager)
    assert "A new desk." in outsider.page("/contact")
    assert '<div class="prose" lang="ja"><h3>困ったとき' in outsider.page("/help")
    assert "Only in Japanese" in outsider.page("/help")
    for path in ("/staff/texts", CONTACT, f"{CONTACT}/history", "/staff/texts/terms"):
        assert outsider.get(path).status_code == 404
    assert desk.get("/staff/texts/terms").status_code == 404


def test_what_cant_be_kept_is_refused_with_what_was_typed(app: Flask, desk: Visitor) -> None:
    """R8-3, E14, E17: nothing is stored; revision and editor aren't the sender's to say."""
    for typed, words in (({"source": " "}, "入力してください"), ({"source_en": "[^1]" * 300}, "脚注が多すぎます")):
        refused = desk.submit(CONTACT, **{"source": "残る本文", **typed})
        assert refused.status_code == 422
        assert words in refused.text
        assert typed.get("source_en", "残る本文" if "source" not in typed else " ") in refused.text
    desk.submit(CONTACT, source="本文", editor_id="1", slug="faq", edited_at="2000-01-01")
    with app.app_context():
        row = db.session.scalars(select(SiteText)).one()
        assert (row.slug, row.revision, row.edited_at, row.editor.name_kanji) == ("contact", 1, NOW, "受付 良子")


def test_two_at_once_lose_nothing(desk: Visitor, enter: Enter, cast: Cast) -> None:
    """E18: the second sees what differs, and decides; pressing twice saves once."""
    second = enter(cast.reception_two)
    form, late = desk.form(CONTACT, CONTACT), second.form(CONTACT, CONTACT)
    answers = [desk.post(CONTACT, {**form.values, "source": "一人目の文面"}) for _ in range(2)]
    assert [each.status_code for each in answers] == [303, 303]
    refused = second.post(CONTACT, {**late.values, "source": "二人目の文面"})
    assert refused.status_code == 409
    assert "受付 良子さんが" in refused.text
    assert "一人目の文面" in refused.text
    again = next(each for each in forms_of(refused.text) if each.action == CONTACT)
    assert (again.values["source"], again.values["revision"]) == ("二人目の文面", "1")
    assert second.post(CONTACT, again.values).status_code == 303
    assert "二人目の文面" in desk.page("/contact")


def test_earlier_texts_come_back_as_a_new_version(app: Flask, desk: Visitor) -> None:
    """R2-6: also what the site said by itself; one that somebody overtook isn't restored, and odd numbers aren't there."""
    original = desk.form(CONTACT, CONTACT).values["source"]
    for source in ("第一の文面", "第二の文面"):
        desk.submit(CONTACT, source=source, source_en="")
    history = desk.page(f"{CONTACT}/history")
    assert "第一の文面" in history
    assert "第二の文面" in history
    forms = [form for form in forms_of(history) if form.action == f"{CONTACT}/restore"]
    assert [form.values["number"] for form in forms] == ["1", "0"]
    assert desk.post(f"{CONTACT}/restore", forms[0].values).status_code == 303
    assert "第一の文面" in desk.page("/contact")
    assert desk.post(f"{CONTACT}/restore", {**forms[1].values, "form_key": "0" * 32}).status_code == 409
    assert (
        desk.post(f"{CONTACT}/restore", {**forms[1].values, "form_key": "1" * 32, "revision": "3"}).status_code == 303
    )
    assert desk.form(CONTACT, CONTACT).values["source"] == original
    for odd in ("9", "-1", "٣", "1" * 20, "x"):
        assert desk.get(f"{CONTACT}/history?number={odd}").status_code == 404
    for odd in ("9", "-1", "1" * 30):
        values = {**forms[1].values, "form_key": "2" * 32, "revision": "4", "number": odd}
        assert desk.post(f"{CONTACT}/restore", values).status_code in {400, 404}
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SiteTextRevision)) == 4


def test_of_two_first_versions_at_the_same_moment_one_counts(engine: Engine) -> None:
    """E18: on both databases, where there is no row yet to lock."""
    with transaction(Session(engine)) as session:
        operator = make.organization(session, is_operator=True)
        by = editor_of(make.user(session, operator, staff_role="reception"))
    words, barrier, outcomes = text_words("文面", ""), Barrier(2), []

    def save() -> None:
        barrier.wait()
        try:
            with transaction(Session(engine)) as session:
                save_text(session, Slug.FAQ, words, revision=0, by=by, now=NOW)
            outcomes.append("saved")
        except TextMovedOn:
            outcomes.append("moved on")

    threads = [Thread(target=save) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["moved on", "saved"]
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(SiteTextRevision)) == 1
