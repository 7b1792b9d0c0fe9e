import re

from flask import Flask

from tests.browsing import logged_in
from tests.cast import Cast
from tests.content.library import Library
from tests.content.reading.test_reading_marks import counts, marks


def test_readers_pages_are_the_same_on_both_databases(any_app: Flask, any_cast: Cast) -> None:
    """R7-2, R7-5, E9: list, marks, search, article, the button, and the outsider's 404."""
    library = Library(any_app, any_cast)
    pinned = library.publish("taxis", "固定の件名", is_pinned=True)
    article = library.publish("taxis", "検針の件名", source="ｶﾞｽ 100% の本文", kind="disturbance")
    reader = logged_in(any_app, any_cast.higashi_reader)
    assert counts(reader.page("/")) == {"taxis": 2}
    assert "重要なお知らせ" in reader.page("/pages/taxis")
    found = re.findall(r'<td><a href="/articles/(\w+)"', reader.page("/search?q=ガス 100%25"))
    assert found == [article]
    reader.page(f"/articles/{article}")
    assert marks(reader.page("/pages/taxis/notices")) == {pinned: "unread", article: "read"}
    assert set(marks(reader.page("/pages/taxis?show=unread"))) == {pinned}
    assert reader.submit("/pages/taxis", "/pages/taxis/read").status_code == 303
    assert counts(reader.page("/")) == {}
    outsider = logged_in(any_app, any_cast.nishi_reader)
    assert outsider.get(f"/articles/{article}").status_code == 404
    assert article not in outsider.page("/search?q=検針")
