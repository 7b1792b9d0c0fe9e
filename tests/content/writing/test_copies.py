"""A new draft from an article, and a draft from its own past."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from base.audit import AuditEntry
from base.db import db, transaction
from content.models import Article, ArticleRevision, Attachment
from content.writing.articles import EditedMeanwhile, publish, save_draft
from content.writing.restoring import restore_draft
from content.writing.revision_lists import A_PAGE, revision_by, revisions
from content.writing.tags import tags_of
from tests import hostile_files
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.content.newsroom import Newsroom
from tests.content.writing.test_publishing_views import draft, published, upload

Enter = Callable[[Person], Visitor]


@pytest.fixture
def desk(enter: Enter, cast: Cast) -> Visitor:
    return enter(cast.reception)


def article_at(app: Flask, home: str) -> Article:
    with app.app_context():
        return db.session.scalars(select(Article).where(Article.public_id == home.rsplit("/", 1)[1])).one()


def current_files(app: Flask, article: Article) -> list[Attachment]:
    with app.app_context():
        return list(db.session.scalars(select(Attachment).where(Attachment.article_id == article.id)))


ENGLISH = {"title_en": "Meter readings", "source_en": "Sent again."}


def test_a_copy_is_a_draft_with_text_page_kind_tags_and_english(app: Flask, desk: Visitor) -> None:
    """R7-4: and nothing of what is the first one's own; also of a withdrawn one."""
    words = {"page": "johs", "kind": "system-change", "tags": "検針", "is_pinned": "y", "important_until": "2026-12-06"}
    home = published(desk, **words, **ENGLISH)
    desk.submit(f"{home}/withdraw", reason="誤り")
    assert "添付ファイルも写す" not in desk.page(f"{home}/copy")
    made = desk.submit(f"{home}/copy").headers["Location"]
    first, second = article_at(app, home), article_at(app, made)
    same = ("title", "source", "html", "title_en", "source_en", "html_en", "page_id", "kind_id", "category_id")
    assert [getattr(first, name) for name in same] == [getattr(second, name) for name in same]
    assert (second.is_pinned, second.important_until, second.published_at, second.revision) == (False, None, None, 1)
    with app.app_context():
        assert tags_of(db.session(), second.id) == ("検針",)
        line = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "article copied")).one()
    assert first.public_id in line.after


def test_files_are_copied_only_where_they_were_chosen(app: Flask, desk: Visitor) -> None:
    """R7-4, E9: bytes of their own, and the text leads to them; pressed twice, one draft (G1)."""
    home = draft(desk, files=[upload("手順書.pdf", hostile_files.pdf(2)), upload("図.png", hostile_files.image("PNG"))])
    file = current_files(app, article_at(app, home))[1]
    body = f"![図](/files/{file.public_id})"
    desk.submit(home, home, source=body, **ENGLISH | {"source_en": body}, then="stay")
    page = desk.page(f"{home}/copy")
    assert "このうち1件へのリンクか図があります" in page
    plain = article_at(app, desk.submit(f"{home}/copy").headers["Location"])
    assert (plain.source, current_files(app, plain)) == (body, [])
    form = desk.form(f"{home}/copy", f"{home}/copy")
    made = [desk.post(form.action, form.values | {"with_files": "y"}).headers["Location"] for _ in range(2)]
    assert made[0] == made[1]
    copied = article_at(app, made[0])
    files = current_files(app, copied)
    assert [(each.name, each.page_count) for each in files] == [("手順書.pdf", 2), ("図.png", None)]
    assert files[1].public_id != file.public_id
    assert (files[1].sha256, files[1].storage_key == file.storage_key) == (file.sha256, False)
    link = f"/files/{files[1].public_id}"
    assert (copied.source, copied.source_en) == (f"![図]({link})", f"![図]({link})")
    assert (link in copied.html, link in (copied.html_en or "")) == (True, True)
    with app.app_context(), transaction() as session:
        assert len(session.scalars(select(Article.id)).all()) == 3
        (app.config["PORTAL"].files_dir / file.storage_key[:2] / file.storage_key[2:4] / file.storage_key).unlink()
    refused = desk.submit(f"{home}/copy", with_files="y")
    assert (refused.status_code, "「図.png」: 元のファイルが見つかりません。" in refused.text) == (422, True)


def rewritten(newsroom: Newsroom) -> Article:
    article = newsroom.draft(title="一", source="一行目", **ENGLISH)
    for number, (title, source) in enumerate((("二", "二行目"), ("三", "三行目")), start=1):
        text = newsroom.text(title=title, source=source, tags=(title,))
        save_draft(newsroom.session, article, text, revision=number, by=newsroom.by(), now=NOW)
    return article


def test_any_two_revisions_can_be_compared_in_title_text_and_english(session: Session) -> None:
    """R7-4: in whichever order they are named; what isn't there isn't there."""
    newsroom = Newsroom(session)
    article = rewritten(newsroom)
    publication = publish(session, article, revision=3, suppress_reason=None, by=newsroom.by(), now=NOW)

    def shown(**address: str) -> tuple[int, int, list[str]] | None:
        found = revisions(session, article, address)
        return (found.older, found.newer, [each.name for each in found.differences]) if found else None

    assert shown() == (2, 3, ["title", "source"])
    assert shown(number="2") == (1, 2, ["title", "source", "title_en", "source_en"])
    assert shown(number="1") == (0, 1, ["title", "source", "title_en", "source_en"])
    assert shown(older="3", newer="1") == (1, 3, ["title", "source", "title_en", "source_en"])
    assert shown(older="2", newer="2") == (2, 2, [])
    assert [shown(**odd) for odd in ({"older": "9"}, {"newer": "x"}, {"number": "0"}, {"older": "²"})] == [None] * 4
    found = revisions(session, article, {})
    assert found is not None
    assert ([row.number for row in found.rows], found.published) == ([3, 2, 1], {3: publication})


def test_a_long_history_stands_on_several_pages(session: Session) -> None:
    """R2-3, R7-4: page after page each revision once, and the way back."""
    newsroom = Newsroom(session)
    article = newsroom.draft(title="一", source="一行目")
    facts = {
        "article_id": article.id,
        "title": "件名",
        "source": "本文",
        "saved_at": NOW,
        "saved_by_id": newsroom.author.id,
    }
    session.add_all(ArticleRevision(number=number, **facts) for number in range(2, 2 * A_PAGE + 2))
    article.revision = 2 * A_PAGE + 1
    session.flush()
    seen: list[int] = []
    back: list[int | None] = []
    before = 0
    while True:
        found = revisions(session, article, {"before": str(before)} if before else {})
        assert found is not None
        assert (found.count, found.before) == (2 * A_PAGE + 1, before)
        seen += [row.number for row in found.rows]
        back.append(found.newer_page)
        if not (before := found.older_page):
            break
    assert seen == list(range(2 * A_PAGE + 1, 0, -1))
    assert back == [None, 0, A_PAGE + 2]


def test_the_history_as_a_file(app: Flask, cast: Cast, enter: Enter) -> None:
    """R2-3, R8-7, E9."""
    with app.app_context(), transaction() as session:
        newsroom = Newsroom(session)
        article = newsroom.draft(title="=一", source="一行目")
        save_draft(session, article, newsroom.text(title="二", source="二"), revision=1, by=newsroom.by(), now=NOW)
        publish(session, article, revision=2, suppress_reason="試験", by=newsroom.by(), now=NOW)
        address = f"/staff/articles/{article.public_id}/revisions.csv"
    rows = list(csv.reader(io.StringIO(enter(cast.reception).get(address).get_data(as_text=True).lstrip("\ufeff"))))
    assert [row[:2] for row in rows[1:]] == [["2", "二"], ["1", "'=一"]]
    assert [row[-1] for row in rows[1:]] == ["試験", ""]
    assert enter(cast.nishi_manager).get(address).status_code == 404


def test_a_draft_takes_up_an_earlier_revision_as_a_new_one(session: Session) -> None:
    """R7-4, R8-1, E18: its English too; tags and page stay as they are."""
    newsroom = Newsroom(session)
    article = rewritten(newsroom)
    first = revision_by(session, article.id, "1")
    assert first is not None
    with pytest.raises(EditedMeanwhile):
        restore_draft(session, article, first, revision=2, by=newsroom.by(), now=NOW)
    restore_draft(session, article, first, revision=3, by=newsroom.by(), now=NOW)
    assert (article.title, article.source, article.title_en, article.revision) == ("一", "一行目", "Meter readings", 4)
    assert ("一行目" in article.html, tags_of(session, article.id)) == (True, ("三",))
    kept = session.scalars(select(ArticleRevision).where(ArticleRevision.number == 4)).one()
    assert (kept.title, kept.source_en) == ("一", "Sent again.")
    restore_draft(session, article, first, revision=4, by=newsroom.by(), now=NOW)
    assert article.revision == 4
    restored = session.scalars(select(AuditEntry.after).where(AuditEntry.action == "article restored")).all()
    assert restored == ['{"restored": 1, "revision": 4}']


def send(desk: Visitor, home: str, **filled: Any) -> int:
    token = desk.form("/staff/articles/new", "/staff/articles/new").values
    return desk.post(f"{home}/revisions/restore", token | {"number": "1", "revision": "2"} | filled).status_code


def test_a_public_articles_earlier_revision_goes_over_its_check_sheet(app: Flask, desk: Visitor) -> None:
    """R7-4, R7-13: into the editor, and public only from there; a draft's is back with one press."""
    home = draft(desk, source="一行目", **ENGLISH)
    desk.submit(home, home, source="二行目", title_en="", source_en="", then="stay")
    page = desk.page(f"{home}/revisions")
    assert "第2版で変わったところ" in page
    assert [send(desk, home, **odd) for odd in ({"number": "9"}, {"number": "x"}, {"revision": "1"})] == [404, 404, 409]
    assert desk.submit(f"{home}/revisions", f"{home}/revisions/restore").status_code == 303
    assert article_at(app, home).source == "一行目"
    desk.submit(home, home, source="三行目", then="stay")
    desk.submit(f"{home}/check", f"{home}/publish")
    page = desk.page(f"{home}/revisions")
    assert "メール 0件" in page
    link = re.findall(r'href="([^"]*restore=2)"', page)
    assert len(link) == 1
    assert send(desk, home, number="2", revision="4") == 409
    edited = desk.page(link[0])
    assert ("二行目</textarea>" in edited, "まだ保存していません" in edited) == (True, True)
    assert article_at(app, home).source == "三行目"
    assert "更新前の確認" in desk.submit(link[0], f"{home}/check").text
    assert "三行目</textarea>" in desk.page(f"{home}?restore=99")
