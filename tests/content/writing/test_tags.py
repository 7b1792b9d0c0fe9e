"""Tags: typed by staff, shown to whoever sees the article."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from base.audit import AuditEntry
from base.refusals import Refused
from content.writing.articles import save_draft
from content.writing.models import Tag
from content.writing.tag_words import read_tags, tag_line
from content.writing.tags import set_tags, suggested_tags, tags_of
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.content.newsroom import Newsroom

LIST = "/staff/articles"


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("", ()),
        (" 、,, ", ()),
        ("検針、料金,API 月次 #定期 託送", ("検針", "料金", "API", "月次", "定期", "託送")),
        ("Taxis taxis TAXIS", ("Taxis",)),
        ("ガス ガス", ("ガス",)),
        ("検針\x00結果\r\n再配信", ("検針 結果", "再配信")),
        ("あ" * 30, ("あ" * 30,)),
    ],
)
def test_tags_are_read_as_they_are_typed(line: str, names: tuple[str, ...]) -> None:
    """R7-4, R8-3: folded as searches fold, each once."""
    assert read_tags(line) == names
    assert read_tags(tag_line(names)) == names or "\x00" in line


@pytest.mark.parametrize(("line", "reason"), [("あ" * 31, "30文字"), (" ".join(f"t{n}" for n in range(11)), "10個")])
def test_too_much_is_refused_beside_its_field(line: str, reason: str) -> None:
    """R8-3."""
    with pytest.raises(Refused, match=reason) as refusal:
        read_tags(line)
    assert refusal.value.field == "tags"


def test_articles_share_a_tag_however_it_is_spelt(session: Session) -> None:
    """R7-4: on both databases; a tag keeps its first spelling, and the most used is suggested first."""
    newsroom = Newsroom(session)
    first, second = newsroom.draft().id, newsroom.draft().id
    assert set_tags(session, first, ("検針", "Taxis"))
    assert set_tags(session, second, ("TAXIS", "料金"))
    assert not set_tags(session, second, ("料金", "taxis"))
    assert tags_of(session, second) == ("Taxis", "料金")
    assert suggested_tags(session) == ["Taxis", "料金", "検針"]
    assert set_tags(session, first, ())
    assert (tags_of(session, first), suggested_tags(session)) == ((), ["Taxis", "料金"])
    assert session.scalar(select(func.count()).select_from(Tag)) == 3


def test_a_changed_tag_is_a_saved_change(session: Session) -> None:
    """R7-4, R8-1: a new revision, and in the trail before and after."""
    newsroom = Newsroom(session)
    article = newsroom.draft()
    save_draft(session, article, newsroom.text(tags=("検針",)), revision=1, by=newsroom.by(), now=NOW)
    save_draft(session, article, newsroom.text(tags=("検針",)), revision=2, by=newsroom.by(), now=NOW)
    assert article.revision == 2
    line = session.scalars(select(AuditEntry).where(AuditEntry.action == "article saved")).one()
    assert ('"tags": []' in line.before, '"tags": ["検針"]' in line.after) == (True, True)


def test_readers_of_the_article_see_its_tags_and_nobody_else_does(
    cast: Cast, enter: Callable[[Person], Visitor]
) -> None:
    """R7-2, R7-4, E10: in the preview as for readers; with its next publication a new tag shows at once."""
    desk, words = enter(cast.reception), {"page": "taxis", "title": "件名", "source": "本文", "then": "stay"}
    home = desk.submit(f"{LIST}/new", **words, tags="検針 <b>&c").headers["Location"]
    refused = desk.submit(home, home, tags="あ" * 31)
    assert (refused.status_code, "あ" * 31 in refused.text) == (422, True)
    chips = ('<a href="/search?tag=%E6%A4%9C%E9%87%9D" rel="tag">検針</a>', "tag=%3Cb%3E%26c")
    assert all(chip in desk.page(f"{home}/check") for chip in chips)
    desk.submit(f"{home}/check", f"{home}/publish")
    reader, public = enter(cast.higashi_reader), home.removeprefix("/staff")
    assert all(chip in reader.page(public) for chip in chips)
    sheet = desk.submit(home, f"{home}/check", tags="料金")
    assert 'name="tags" value="料金"' in sheet.text
    assert "検針" in reader.page(public)
    form = desk.form(home, f"{home}/check")
    desk.post(f"{home}/update", form.values | {"tags": "料金", "no_mail": "y", "suppress_reason": "試験"})
    page = reader.page(public)
    assert (">料金</a>" in page, "検針" in page) == (True, False)
    nishi = enter(cast.nishi_reader)
    assert nishi.get(public).status_code == 404
    assert "料金" not in nishi.page("/") + nishi.page("/search?tag=件名")
    assert '<option value="料金">' in desk.page(f"{LIST}/new")
