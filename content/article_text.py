"""What an author enters, brought into shape and rendered before anything is locked."""

import re
from dataclasses import dataclass
from datetime import datetime

from base.mail_text import on_one_line
from base.refusals import Refused
from base.sentences import say
from content.languages import ENGLISH, JAPANESE
from content.markup import render

LONGEST_TITLE = 200

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class EnglishText:
    """The same article for readers of English; whole or not there."""

    title: str
    source: str
    html: str


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
    english: EnglishText | None = None

    @property
    def whole(self) -> str:
        """All that it says, in both languages, for comparing line by line."""
        english = [self.english.title, self.english.source] if self.english else []
        return "\n\n".join([self.title, self.source, *english])


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
    title_en: str = "",
    source_en: str = "",
) -> ArticleText:
    """`Refused`, naming the field, for a title that is none or a text that is too much (R8-3, E17)."""
    shown, kept = kept_title(title), kept_source(source)
    if not shown:
        raise Refused(say("件名を入力してください。"), field="title")
    _refuse_long(shown, "title")
    if not kept.strip():
        raise Refused(say("本文を入力してください。"), field="source")
    english = english_text(title_en, source_en)
    return ArticleText(page_id, kind_id, shown, kept, rendered(kept), is_pinned, important_until, tags, english)


def english_text(title: str, source: str) -> EnglishText | None:
    """None where neither is there; one without the other is refused at the field that is empty."""
    shown, kept = kept_title(title), kept_source(source)
    if not shown and not kept.strip():
        return None
    if not shown:
        raise Refused(say("英語版の件名も入力してください。英語版は、件名と本文の両方が必要です。"), field="title_en")
    _refuse_long(shown, "title_en")
    if not kept.strip():
        raise Refused(say("英語版の本文も入力してください。英語版は、件名と本文の両方が必要です。"), field="source_en")
    return EnglishText(shown, kept, rendered(kept, "source_en", ENGLISH))


def _refuse_long(title: str, field: str) -> None:
    if len(title) > LONGEST_TITLE:
        raise Refused(say("件名は%(longest)s文字以内で入力してください。", longest=LONGEST_TITLE), field=field)


def rendered(source: str, field: str = "source", language: str = JAPANESE) -> str:
    """The HTML as readers will see it; `Refused` at the field of the source."""
    try:
        return render(source, language)
    except Refused as refusal:
        raise Refused(refusal.reason, field=field) from refusal
