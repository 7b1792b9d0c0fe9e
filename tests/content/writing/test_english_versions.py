"""Articles in English beside the Japanese."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import User
from base.db import db, transaction
from base.mail_text import Composed
from base.outbox import Mail
from base.refusals import Refused
from content.article_text import ArticleText, english_text
from content.mailing.update_mails import update_mail_composer
from content.models import ArticleRevision
from content.writing.articles import publish, save_draft
from tests.browsing import Visitor, forms_of
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.content.newsroom import Newsroom
from tests.content.writing.test_publishing_views import draft
from tests.settings import BASE_URL, OPERATOR

Enter = Callable[[Person], Visitor]
ENGLISH = {"title_en": "Meter readings sent again", "source_en": "## Why\n\nA file was late[^1].\n\n[^1]: By a day."}
ONLY_JAPANESE = "Only in Japanese"


def speaks_english(app: Flask, *people: Person) -> None:
    with app.app_context(), transaction() as session:
        for person in people:
            session.get_one(User, person.user_id).language = "en"


@pytest.mark.parametrize(("title", "source", "field"), [("Title", " ", "source_en"), ("", "Text", "title_en")])
def test_half_an_english_version_is_refused_at_the_empty_field(title: str, source: str, field: str) -> None:
    """R7-4, R8-3: and none at all is no version."""
    with pytest.raises(Refused) as refused:
        english_text(title, source)
    assert refused.value.field == field
    assert english_text(" ", "\n") is None


def test_both_languages_lead_to_each_other(app: Flask, enter: Enter, cast: Cast) -> None:
    """R7-4, R7-5: each reader reads his own language first, in lists, at home and in search too, whatever is kept for the other; what has no English says so; Nishi sees neither."""
    desk = enter(cast.reception)
    home, other = draft(desk, **ENGLISH), draft(desk, title="様式の改訂", kind="disturbance")
    for each in (home, other):
        assert desk.submit(f"{each}/check", f"{each}/publish").status_code == 303
    speaks_english(app, cast.higashi_reader)
    article, japanese = home.removeprefix("/staff"), other.removeprefix("/staff")
    reader, manager = enter(cast.higashi_reader), enter(cast.higashi_manager)
    for path in ("/", "/?show=unread", "/pages/taxis", "/pages/taxis/notices", "/search?q=本文です"):
        theirs, ours = reader.page(path), manager.page(path)
        assert theirs.count(ONLY_JAPANESE) == 1, path
        assert theirs.count('lang="ja">様式の改訂</') == theirs.count("様式の改訂"), path
        assert "様式の改訂" in ours, path
        assert "Meter readings" not in ours, path
        assert "Meter readings sent again" in theirs, path
    english = reader.page(article)
    assert "<h1>Meter readings sent again</h1>" in english
    assert 'title="Back to note 1 in the text"' in english
    assert ONLY_JAPANESE not in english
    assert f'<a href="{article}?lang=ja" lang="ja" hreflang="ja">日本語</a>' in english
    assert '<h1 lang="ja">検針結果の再配信</h1>' in reader.page(f"{article}?lang=ja")
    assert "<h1>検針結果の再配信</h1>" in manager.page(article)
    assert '<h1 lang="en">Meter readings sent again</h1>' in manager.page(f"{article}?lang=en")
    assert "<h1>検針結果の再配信</h1>" in manager.page(f"{article}?lang=xx")
    assert ONLY_JAPANESE in reader.page(japanese)
    assert '<h1 lang="ja">様式の改訂</h1>' in reader.page(f"{japanese}?lang=en")
    outsider = enter(cast.nishi_manager)
    assert outsider.get(article).status_code == outsider.get(f"{article}?lang=en").status_code == 404


def test_the_editor_keeps_shows_and_refuses_english(app: Flask, enter: Enter, cast: Cast) -> None:
    """R7-4, R8-3: previewed beside its fields, said on the check sheet, carried through an update, saved with the revision."""
    desk = enter(cast.reception)
    home = draft(desk, **ENGLISH)
    assert "Meter readings sent again</h2>" in desk.page(home)
    sheet = desk.page(f"{home}/check")
    assert 'id="preview-en"' in sheet
    assert "表示の言語が英語の方には英語で表示します" in sheet
    desk.submit(f"{home}/check", f"{home}/publish")
    half = desk.submit(home, f"{home}/check", source_en="")
    assert half.status_code == 422
    assert "英語版の本文も入力してください" in half.text
    assert 'value="Meter readings sent again"' in half.text
    changed = desk.submit(home, f"{home}/check", title_en="Readings, again")
    form = next(each for each in forms_of(changed.text) if each.action == f"{home}/update")
    assert desk.post(form.action, form.values).status_code == 303
    with app.app_context():
        titles = db.session.scalars(select(ArticleRevision.title_en).order_by(ArticleRevision.number)).all()
    assert titles == ["Meter readings sent again", "Readings, again"]


def test_the_update_mail_is_japanese_with_the_english_title_below(session: Session) -> None:
    """R7-13: that of the revision that went public, not of a later one."""
    newsroom = Newsroom(session)
    article = newsroom.draft()
    text = with_english(newsroom.text(), "Meter readings sent again")
    save_draft(session, article, text, revision=1, by=newsroom.by(), now=NOW)
    publish(session, article, revision=2, suppress_reason=None, by=newsroom.by(), now=NOW)
    mail = session.scalars(select(Mail)).one()
    composed = update_mail_composer(BASE_URL, OPERATOR)(session, mail, NOW)
    assert isinstance(composed, Composed)
    assert "\n件名:検針結果の再配信\n   Meter readings sent again\n" in composed.body
    assert "Meter" not in composed.subject


def with_english(text: ArticleText, title: str) -> ArticleText:
    return replace(text, english=english_text(title, "It was late."))
