"""What a reader is shown of a search: passages, the file in which a word stands, filters that stay, suggestions."""

import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select

from base.db import transaction
from content.files.models import AttachmentText
from content.models import Article, Attachment
from content.writing.tags import set_tags
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.content.library import Library

Enter = Callable[[Person], Visitor]


def read_as(app: Flask, file: str, words: str) -> None:
    with app.app_context(), transaction() as session:
        row = session.scalars(select(Attachment).where(Attachment.public_id == file)).one()
        session.add(AttachmentText(attachment_id=row.id, state="read", text=words, read_at=NOW))


def tagged(app: Flask, article: str, *names: str) -> None:
    with app.app_context(), transaction() as session:
        row = session.scalars(select(Article).where(Article.public_id == article)).one()
        set_tags(session, row.id, names)


def address(**filters: str) -> str:
    return f"/search?{urlencode({name.rstrip('_'): value for name, value in filters.items()})}"


def found(reader: Visitor, **filters: str) -> list[str]:
    return re.findall(r'<td><a href="/articles/(\w+)"', reader.page(address(**filters)))


def suggested(reader: Visitor, words: str) -> list[dict[str, Any]]:
    answer = reader.get(f"/search/suggest?{urlencode({'q': words})}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    items: list[dict[str, Any]] = json.loads(answer.text)
    return items


def test_a_word_in_a_file_names_the_file_and_shows_the_passage(
    app: Flask, cast: Cast, library: Library, enter: Enter
) -> None:
    """R7-5: as it is written there, wherever it stands; the outsider finds nothing of it."""
    article = library.publish("taxis", "操作マニュアル", source="改訂しました。")
    file = library.attach(article, lambda: BytesIO(b"%PDF-1.7"), "手引き & 様式.pdf")
    read_as(app, file, "前書き\n" * 3000 + "ＴＡＸＩＳ の点検票 に記入" + "\n後書き" * 3000)
    reader = enter(cast.higashi_reader)
    page = reader.page(address(q="点検 taxis"))
    assert f'<a href="/files/{file}">添付:手引き &amp; 様式.pdf</a>' in page
    assert "<mark>ＴＡＸＩＳ</mark> の<mark>点検</mark>票 に記入" in page
    assert "改訂しました" not in page
    both = reader.page(address(q="点検 改訂"))
    assert "<mark>改訂</mark>しました。" in both
    assert f"/files/{file}" in both
    assert "添付" not in reader.page(address(q="改訂"))
    assert "添付" not in enter(cast.nishi_reader).page(address(q="点検"))


def test_filters_narrow_and_stay_in_the_address(
    app: Flask, cast: Cast, library: Library, enter: Enter, hands: Hands
) -> None:
    """R7-5: page, category, kind, days, tag; on the next page too. What isn't there for the reader narrows to nothing."""
    old = library.publish("taxis", "検針 その一", published_at=NOW - timedelta(days=40), kind="manual")
    stop = library.publish("johs", "検針 その二", kind="planned-stop")
    new = library.publish("common", "検針 その三", published_at=NOW)
    tagged(app, stop, "計画", "停止")
    tagged(app, new, "年末")
    reader = enter(cast.higashi_reader)
    assert found(reader, q="検針") == [new, stop, old]
    for filters, expected in (
        ({"page": "johs"}, [stop]),
        ({"category": "reference"}, [old]),
        ({"kind": "planned-stop"}, [stop]),
        ({"tag": "計画"}, [stop]),
        ({"tag": "ＮＩＥＭＡＮＤ"}, []),
        ({"from_": "2026-11-01"}, [new, stop]),
        ({"until": "2026-10-31"}, [old]),
        ({"from_": "2026-11-22", "until": "2026-11-22"}, [new]),
        ({"page": "common", "kind": "planned-stop"}, []),
        ({"page": "api"}, []),
        ({"kind": "nothing"}, []),
        ({"from_": "yesterday", "until": "2026-13-01"}, [new, stop, old]),
    ):
        assert found(reader, q="検針", **filters) == expected, filters
        assert found(reader, **filters) == (expected if "yesterday" not in filters.values() else []), filters
    assert found(enter(cast.nishi_reader), q="検針", page="taxis") == []
    page = reader.page(address(q="検針", page="johs", kind="planned-stop", tag="計画", from_="2026-11-01"))
    for kept in ('value="johs" selected', 'value="planned-stop" selected', 'value="計画"', 'value="2026-11-01"'):
        assert kept in page
    assert f'<a href="/search?tag={"%E8%A8%88%E7%94%BB"}" rel="tag">#計画</a>' in page


def test_the_next_page_keeps_the_filters_and_passes_what_has_ended(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-5, E12: ended and withdrawn articles take no place in the list."""
    published = library.publish_many(25, "taxis", source="検針")
    for ended in published[:3]:
        library.change(ended, ends_at=NOW)
    library.withdraw(published[3])
    reader = enter(cast.higashi_reader)
    first = reader.page(address(q="検針", page="taxis"))
    assert "20件以上" in first
    following = html.unescape(re.findall(r'href="([^"]+)" rel="next">次の20件', first)[0])
    assert "page=taxis" in following
    second = reader.page(following)
    shown = [re.findall(r'<td><a href="/articles/(\w+)"', page) for page in (first, second)]
    assert shown == [published[4:24], published[24:]]
    assert '<a href="/search?q=%E6%A4%9C%E9%87%9D&amp;page=taxis">' in second
    assert enter(cast.nishi_reader).get(following).status_code == 404


@pytest.mark.parametrize(
    ("filters", "advice"),
    [
        ({}, "検索する言葉を入力してください"),
        ({"q": "無い"}, "言葉を短くするか"),
        ({"q": "件名 無い"}, "「件名」だけで検索する"),
        ({"q": "無い", "page": "taxis"}, "条件を外して検索する"),
        ({"tag": "無い"}, "条件を減らすか"),
    ],
)
def test_where_nothing_is_found_it_says_what_to_try(
    filters: dict[str, str], advice: str, cast: Cast, library: Library, enter: Enter
) -> None:
    """R8-3."""
    library.publish("taxis", "件名")
    assert advice in enter(cast.higashi_reader).page(address(**filters))


def test_english_words_are_found_and_shown_to_who_reads_english(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-5: and the Japanese beside them, each in its language."""
    article = library.publish("taxis", "料金の改定", source="四月から変わります。")
    words = {"title_en": "New charges", "source_en": "From April", "html_en": "<p>Valid from April</p>"}
    library.change(article, **words)
    reader = enter(cast.higashi_reader)
    assert '<p class="passage" lang="en">Valid from <mark>April</mark></p>' in reader.page(address(q="april"))
    assert found(reader, q="charges 四月") == [article]


def test_tags_and_titles_are_suggested_as_far_as_they_are_there_for_the_reader(
    app: Flask, cast: Cast, library: Library, enter: Enter
) -> None:
    """R7-5, R8-6, E10: by what is typed so far, the newest titles first."""
    for number in range(8):
        library.publish("taxis", f"検針の件{number}", published_at=NOW - timedelta(days=8 - number))
    hidden = library.publish("taxis", "ＪＯＨＳ検針", published_at=NOW - timedelta(days=20), source="検針")
    seen = library.publish("johs", "情報開示", source="検針")
    tagged(app, hidden, "検針日", "料金")
    tagged(app, seen, "開示と検針")
    insider, outsider = enter(cast.higashi_reader), enter(cast.nishi_reader)
    items = suggested(insider, "検針")
    assert [each["label"] for each in items] == ["検針日", "開示と検針", *(f"検針の件{at}" for at in range(7, 1, -1))]
    assert items[0] == {"kind": "タグ", "label": "検針日", "href": "/search?tag=%E6%A4%9C%E9%87%9D%E6%97%A5"}
    assert items[2]["kind"] == "TAXIS"
    assert [each["label"] for each in suggested(insider, "johs")] == ["ＪＯＨＳ検針"]
    assert [each["label"] for each in suggested(outsider, "検針")] == ["開示と検針"]
    assert suggested(outsider, "料金") == suggested(outsider, " ") == []
