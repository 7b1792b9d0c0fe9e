"""What was typed and not saved."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from base.audit import AuditEntry
from base.db import db, transaction
from base.refusals import Refused
from content.models import Article, ArticleRevision
from content.writing.autosaves import (
    KEPT_FOR,
    MOST_KEPT,
    MOST_LETTERS,
    NEW,
    Place,
    forget_old_autosaves,
    forget_typed,
    keep_typed,
    kept_by,
    kept_new_ones,
    others_typing,
    place_of,
)
from content.writing.models import Autosave
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.content.newsroom import Newsroom

Enter = Callable[[Person], Visitor]
LIST = "/staff/articles"
KEEP = f"{LIST}/autosave"
OFFERED = "保存していない入力が残っています"


def draft(desk: Visitor, **filled: str) -> str:
    words = {"page": "taxis", "title": "検針結果の再配信", "source": "一行目\n二行目", "then": "stay"}
    return desk.submit(f"{LIST}/new", **{**words, **filled}).headers["Location"]


def rows(app: Flask) -> list[Autosave]:
    with app.app_context():
        return list(db.session.scalars(select(Autosave).order_by(Autosave.id)))


def test_one_person_keeps_so_much_and_no_more(session: Session) -> None:
    """R7-4: what is there may still be written on; the other editor isn't concerned."""
    newsroom = Newsroom(session)

    def keep(number: int, fields: str = "一", known: int = 0, by: int = newsroom.author.id) -> int | None:
        return keep_typed(session, Place(by, f"{NEW}{number:012}"), fields, revision=0, known=known, now=NOW)

    assert [keep(number) for number in range(MOST_KEPT)] == [1] * MOST_KEPT
    with pytest.raises(Refused, match="20件残っている"):
        keep(MOST_KEPT)
    assert keep(3, "二", known=1) == 2
    assert keep(MOST_KEPT, by=newsroom.second.id) == 1
    rest = MOST_LETTERS - (MOST_KEPT - 1)
    assert keep(3, "字" * rest, known=2) == 3
    with pytest.raises(Refused, match="4,000,000文字"):
        keep(3, "字" * (rest + 1), known=3)


def test_a_browser_hears_that_too_much_is_kept(app: Flask, cast: Cast, enter: Enter) -> None:
    """R7-4: in its own words and with what to do, and nothing is lost that was kept before."""
    desk = enter(cast.reception)
    home = draft(desk)
    with app.app_context(), transaction() as session:
        for number in range(MOST_KEPT):
            place = Place(cast.reception.user_id, f"{NEW}{number:012}")
            keep_typed(session, place, "{}", revision=0, known=0, now=NOW)
    answer = desk.post(KEEP, desk.form(home, home).values | {"source": "三行目"})
    assert (answer.status_code, "自動保存していません" in answer.get_json()["words"]) == (409, True)
    assert len(rows(app)) == MOST_KEPT


def test_what_is_kept_counts_up_and_is_never_written_over_unknown(session: Session) -> None:
    """R7-4, E18: on both databases."""
    newsroom = Newsroom(session)
    place = place_of(newsroom.author.id, newsroom.draft(), "")
    assert place is not None

    def keep(fields: str, known: int) -> int | None:
        return keep_typed(session, place, fields, revision=1, known=known, now=NOW)

    assert [keep("一", 0), keep("二", 1), keep("別の画面", 0), keep("古い画面", 1)] == [1, 2, None, None]
    session.expire_all()
    kept = kept_by(session, place.person_id, place.key)
    assert kept is not None
    assert (kept.fields, kept.version) == ("二", 2)
    assert not forget_typed(session, place.person_id, place.key, known=1)
    assert forget_typed(session, place.person_id, place.key, known=2)
    assert keep("消したあと", 2) == 3


def test_a_key_is_an_articles_or_one_that_a_form_was_given(session: Session) -> None:
    """E14."""
    article = Newsroom(session).draft()
    assert place_of(1, article, "new-0123456789ab") == Place(1, article.public_id, article.id)
    assert place_of(1, None, "new-0123456789ab") == Place(1, "new-0123456789ab")
    assert [place_of(1, None, key) for key in ("", article.public_id, "new-", "new-../x", "new-" + "0" * 13)] == [
        None
    ] * 5


def test_old_ones_are_forgotten_and_fresh_ones_of_others_are_seen(session: Session) -> None:
    """R7-4: thirty days; fifteen minutes."""
    newsroom = Newsroom(session)
    article = newsroom.draft()
    for user, age in ((newsroom.author, timedelta(0)), (newsroom.second, timedelta(minutes=14))):
        place = Place(user.id, article.public_id, article.id)
        keep_typed(session, place, "{}", revision=1, known=0, now=NOW - age)
    seen = others_typing(session, article, newsroom.author.id, NOW)
    assert [each.person.name_kanji for each in seen] == ["受付 進"]
    assert others_typing(session, article, newsroom.author.id, NOW + timedelta(minutes=2)) == []
    keep_typed(session, Place(newsroom.author.id, "new-0123456789ab"), "{}", revision=0, known=0, now=NOW - KEPT_FOR)
    forget_old_autosaves(session, NOW)
    assert len(kept_new_ones(session, newsroom.author.id)) == 1
    forget_old_autosaves(session, NOW + timedelta(seconds=1))
    assert kept_new_ones(session, newsroom.author.id) == []


def test_of_windows_that_keep_at_once_one_wins(engine: Engine) -> None:
    """E18."""
    with transaction(Session(engine)) as session:
        newsroom = Newsroom(session)
        place = Place(newsroom.author.id, "new-0123456789ab")

    def keep(number: int) -> int | None:
        with transaction(Session(engine)) as session:
            return keep_typed(session, place, str(number), revision=0, known=0, now=NOW)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(str(found) for found in pool.map(keep, range(4))) == ["1", "None", "None", "None"]


def test_typed_words_are_offered_again_and_gone_when_saved(app: Flask, enter: Enter, cast: Cast, hands: Hands) -> None:
    """R7-4: with the time and what differs; readers, revisions and other staff see nothing of them."""
    desk = enter(cast.reception)
    home = draft(desk)
    form = desk.form(home, home)
    typed = form.values | {"title": "書きかけ<b>", "source": "一行目\n書きかけの行", "author_id": "1", "files": "x"}
    hands.now = NOW + timedelta(minutes=3)
    kept = desk.post(KEEP, typed)
    assert (kept.status_code, kept.json) == (200, {"version": 1, "words": "12:03 に自動保存しました"})
    assert desk.post(KEEP, typed).status_code == 409
    again = desk.post(KEEP, typed | {"typed_version": "1", "source": "もう一行"})
    assert (again.json or {})["version"] == 2
    (row,) = rows(app)
    assert {"author_id", "files", "csrf_token"} & json.loads(row.fields).keys() == set()
    page = desk.page(home)
    assert OFFERED in page
    assert "2026/11/22(日) 12:03 に自動保存したものです。" in page
    assert "<ins>書きかけ&lt;b&gt;</ins>" in page
    assert "もう一行</td>" in page
    assert f'<a href="{home}">書きかけ&lt;b&gt;</a>' in desk.page(LIST)
    other = enter(cast.reception_two).page(home)
    assert ("受付 良子さんが編集中です" in other, "書きかけ" in other) == (True, False)
    taken = desk.page(f"{home}?unsaved=take")
    assert OFFERED not in taken
    assert "もう一行</textarea>" in taken
    assert enter(cast.reception_two).page(f"{home}?unsaved=take").count("書きかけ") == 0
    assert desk.submit(f"{home}?unsaved=take", home, then="stay").status_code == 303
    assert rows(app) == []
    assert OFFERED not in desk.page(home) + desk.page(LIST)
    desk.post(KEEP, desk.form(home, home).values)
    desk.post(KEEP, desk.form(f"{LIST}/new", f"{LIST}/new").values)
    assert rows(app) == []
    with app.app_context():
        assert db.session.scalars(select(Article.title)).all() == ["書きかけ<b>"]
        assert len(db.session.scalars(select(ArticleRevision.id)).all()) == 2


def test_saving_something_else_leaves_what_was_not_taken_up(app: Flask, enter: Enter, cast: Cast) -> None:
    """E18: nothing is lost by not having looked; discarding it is a press of its own, and stands in the trail (R8-1)."""
    desk = enter(cast.reception)
    home = draft(desk)
    desk.post(KEEP, desk.form(home, home).values | {"source": "書きかけ"})
    assert desk.submit(home, home, source="別の本文", then="stay").status_code == 303
    page = desk.page(home)
    assert OFFERED in page
    assert "そのあとに記事が保存されています" in page
    form = desk.form(home, f"{KEEP}/discard")
    nishi, second = enter(cast.nishi_manager), enter(cast.reception_two)
    assert nishi.post(f"{KEEP}/discard", form.values).status_code == 404
    theirs = second.form(f"{LIST}/new", f"{LIST}/new").values
    assert second.post(f"{KEEP}/discard", form.values | {"csrf_token": theirs["csrf_token"]}).status_code == 303
    assert len(rows(app)) == 1
    assert desk.post(form.action, form.values).headers["Location"] == home
    assert rows(app) == []
    with app.app_context():
        trail = db.session.scalars(select(AuditEntry.action).where(AuditEntry.action == "typed words discarded"))
        assert len(trail.all()) == 1


def test_an_article_that_was_never_saved_comes_back_too(app: Flask, enter: Enter, cast: Cast) -> None:
    """R7-4, R8-3: each window's own; what a new one saves is no longer kept."""
    desk = enter(cast.reception)
    first, second = desk.form(f"{LIST}/new", f"{LIST}/new"), desk.form(f"{LIST}/new", f"{LIST}/new")
    for form, title in ((first, "一つ目"), (second, "")):
        assert (
            desk.post(KEEP, form.values | {"title": title, "source": f"{title}本文", "page": "johs"}).status_code == 200
        )
    page = desk.page(f"{LIST}/new")
    assert page.count(OFFERED) == 2
    assert "「本文」" in page
    assert OFFERED not in enter(cast.reception_two).page(f"{LIST}/new")
    take = f"{LIST}/new?unsaved={first.values['typing']}"
    assert 'value="一つ目"' in desk.page(take)
    assert enter(cast.reception_two).page(take).count("一つ目") == 0
    home = desk.submit(take, f"{LIST}/new", then="stay").headers["Location"]
    assert [row.key for row in rows(app)] == [second.values["typing"]]
    assert "一つ目本文</textarea>" in desk.page(home)


@pytest.mark.parametrize(
    "odd",
    [
        {"typed_version": "-1"},
        {"typed_version": "9" * 40},
        {"revision": "9" * 40},
        {"revision": "x", "typed_version": "x"},
        {"page": "secret", "kind": "none", "important_until": "2026-13-99", "tags": "あ" * 999},
        {"opened": '{"title": 3, "x": ' + "[" * 5000},
    ],
)
def test_odd_input_is_kept_as_typed_or_not_at_all(enter: Enter, cast: Cast, odd: dict[str, str]) -> None:
    """E14, E17: and never a fault, neither now nor when it is taken up."""
    desk = enter(cast.reception)
    home = draft(desk)
    answer = desk.post(KEEP, desk.form(home, home).values | {"title": "書きかけ"} | odd)
    assert answer.status_code == 200
    assert 'value="書きかけ"' in desk.page(f"{home}?unsaved=take")
    assert OFFERED in desk.page(home)
    assert desk.post(KEEP, desk.form(home, home).values | {"article": "", "typing": "x"}).status_code == 404
