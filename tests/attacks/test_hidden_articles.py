"""Articles that aren't there for a reader change no byte of what he gets, whatever he asks (E10, E11).

Every way in which an article can be hidden, each with a file, its text and a tag, emphasized in every way there is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

from flask import Flask

from tests.browsing import Visitor, logged_in
from tests.cast import Cast
from tests.certificates import NOW
from tests.content.library import Library, steady
from tests.content.search.test_search_views import read_as, tagged

WORD, TAG = "未公開検針", "秘密"
ABSENT = "0123456789ab"
DAY = timedelta(days=1)
WAYS: dict[str, dict[str, Any]] = {
    "draft": {"on": "common", "published_at": None},
    "scheduled": {"on": "common", "published_at": NOW + DAY},
    "ended": {"on": "common", "published_at": NOW - DAY, "ends_at": NOW - timedelta(hours=1)},
    "withdrawn": {"on": "common", "published_at": NOW - DAY},
    "another system's": {"on": "api", "published_at": NOW - DAY},
    "narrowed": {"on": "taxis", "published_at": NOW - DAY},
}


@dataclass(frozen=True, slots=True)
class Hidden:
    article: str
    file: str


def _hide(app: Flask, library: Library) -> Iterator[Hidden]:
    for way, facts in WAYS.items():
        emphasis: dict[str, Any] = {
            "is_pinned": True,
            "important_until": NOW + DAY,
            "ack_asked_at": NOW,
            "kind": "disturbance",
        }
        words = {"title": f"{WORD} {way}", "source": f"{WORD}の本文"}
        article = library.publish(**words, **facts, **emphasis)
        file = library.attach(article, lambda: BytesIO(b"%PDF-1.7 hidden"), f"{WORD}.pdf")
        read_as(app, file, f"{WORD} 添付の中だけの言葉")
        tagged(app, article, TAG, "検針")
        if way == "withdrawn":
            library.withdraw(article)
        yield Hidden(article, file)


def _questions(seen: str, older: str, file: str) -> list[str]:
    searches = (
        f"q={WORD}",
        f"q=検針 {WORD}",
        "q=検針",
        "q=針",
        "q=添付の中だけ",
        f"tag={TAG}",
        "tag=検針",
        "q=検針&page=taxis",
        "q=検針&page=api",
        "q=検針&kind=disturbance",
        "kind=disturbance",
        "q=検針&from=2026-11-20&until=2026-11-30",
        f"q=検針&older={older}",
        f"q=検針&older={ABSENT}",
    )
    return [
        *("/", "/?show=unread", "/pages/common", "/pages/common/notices", "/pages/common/reference"),
        *(f"/pages/common?older={seen}", f"/pages/common?newer={older}", f"/pages/common?older={ABSENT}"),
        *("/pages/common?show=unread", "/pages/johs", "/pages/taxis", "/pages/taxis/notices", "/pages/api"),
        *(f"/articles/{seen}", f"/articles/{seen}/changes", f"/articles/{ABSENT}", f"/articles/{ABSENT}/changes"),
        *(f"/files/{file}", f"/files/{ABSENT}", "/contact", "/help", "/account", "/calendar", "/systems/johs"),
        *("/systems/taxis", "/articles", "/nothing/here"),
        *(f"/search?{each}" for each in searches),
        *(f"/search/suggest?q={each}" for each in (WORD, "検針", TAG, "未")),
    ]


def _answer(reader: Visitor, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, bytes and headers, without the keys and tokens of this very request."""
    answer = reader.get(path, headers=headers)
    kept = {name: value for name, value in answer.headers if name != "Set-Cookie"}
    body = steady(answer.text).encode() if answer.mimetype == "text/html" else answer.data
    return answer.status_code, body, kept


def test_a_hidden_article_changes_no_byte_of_any_answer(any_app: Flask, any_cast: Cast) -> None:
    """E10, E11, R7-2, R8-6: lists and paging, counts, search and its filters, suggestions, files, errors, ETags, lengths."""
    library = Library(any_app, any_cast)
    library.narrow("taxis")
    published = library.publish_many(25, "common", source="検針の本文")
    file = library.attach(published[0], lambda: BytesIO(b"%PDF-1.7 seen"))
    tagged(any_app, published[0], "検針")
    read_as(any_app, file, "検針の添付")
    readers = [logged_in(any_app, person) for person in (any_cast.higashi_johs_only, any_cast.nishi_reader)]
    paths = _questions(published[0], published[21], file)
    assert len(paths) > 30

    def everything() -> list[tuple[int, bytes, dict[str, str]]]:
        return [_answer(reader, path) for reader in readers for path in paths]

    for reader in readers:
        # What was read leaves marks.
        reader.page(f"/articles/{published[0]}")
        reader.get(f"/files/{file}")
    before = everything()
    etag = _answer(readers[0], f"/files/{file}")[2]["ETag"]
    hidden = list(_hide(any_app, library))
    after = everything()
    for path, was, is_now in zip(paths * 2, before, after, strict=True):
        assert is_now == was, path
    absent = dict(zip(paths, before, strict=False))
    for each in hidden:
        for there, not_there in (
            (f"/articles/{each.article}", f"/articles/{ABSENT}"),
            (f"/articles/{each.article}/changes", f"/articles/{ABSENT}/changes"),
            (f"/files/{each.file}", f"/files/{ABSENT}"),
        ):
            assert _answer(readers[0], there) == absent[not_there]
        for towards in ("/pages/common?older=", "/search?q=検針&older="):
            # Where a list went on from an article that was there once, it still does (E12).
            assert WORD.encode() not in _answer(readers[0], f"{towards}{each.article}")[1]
        assert _answer(readers[0], f"/files/{each.file}", **{"If-None-Match": etag})[0] == 404
    staff = logged_in(any_app, any_cast.reception)
    shown = staff.page(f"/search?q={WORD}")
    assert set(re.findall(r'<td>(?:<span[^>]*>[^<]*</span> )*<a href="/articles/(\w+)"', shown)) == {
        hidden[4].article,
        hidden[5].article,
    }
