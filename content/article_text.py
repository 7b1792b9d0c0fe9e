"""What an author enters, brought into shape and rendered before anything is locked."""

import re
from dataclasses import dataclass
from datetime import datetime

from base.mail_text import on_one_line
from base.refusals import Refused
from content.markup import render

LONGEST_TITLE = 200

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class ArticleText:
    """`html` is `source` rendered; `important_until` is the first instant at which it no longer is."""

    page_id: int
    kind_id: int
    title: str
    source: str
    html: str
    is_pinned: bool = False
    important_until: datetime | None = None
    tags: tuple[str, ...] = ()


def kept_title(raw: str) -> str:
    """One line, without what can't be seen or stored (F1)."""
    return on_one_line(raw).strip("　")


def kept_source(raw: str) -> str:
    """Lines end in LF; control characters, which no database keeps alike, are gone."""
    return _CONTROL.sub("", raw.replace("\r\n", "\n").replace("\r", "\n"))


def article_text(
    *,
    page_id: int,
    kind_id: int,
    title: str,
    source: str,
    is_pinned: bool = False,
    important_until: datetime | None = None,
    tags: tuple[str, ...] = (),
) -> ArticleText:
    """`Refused`, naming the field, for a title that is none or a text that is too much (R8-3, E17)."""
    shown, kept = kept_title(title), kept_source(source)
    if not shown:
        raise Refused("件名を入力してください。", field="title")
    if len(shown) > LONGEST_TITLE:
        raise Refused(f"件名は{LONGEST_TITLE}文字以内で入力してください。", field="title")
    if not kept.strip():
        raise Refused("本文を入力してください。", field="source")
    return ArticleText(page_id, kind_id, shown, kept, rendered(kept), is_pinned, important_until, tags)


def rendered(source: str) -> str:
    """The HTML as readers will see it; `Refused` at the field of the source."""
    try:
        return render(source)
    except Refused as refusal:
        raise Refused(refusal.reason, field="source") from refusal
