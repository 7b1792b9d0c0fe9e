"""What staff type about an article. Who wrote it, its state and its times are no fields (E14)."""

from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    MultipleFileField,
    SelectField,
    TextAreaField,
)
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import HiddenInput

from base.forms import Form, choices, line, required
from base.jst import day_of, start_of
from base.refusals import Refused
from base.sentences import say
from base.words import translated
from content.article_text import LONGEST_TITLE, ArticleText, article_text, kept_source
from content.files.attachments import FIELD, Upload
from content.models import Article, ArticleKind, Category, Page
from content.writing.articles import LONGEST_REASON
from content.writing.merging import MARKS
from content.writing.tag_words import LONGEST_LINE, read_tags, tag_line
from content.writing.tags import tags_of

LAST_DAY = date(2099, 12, 31)


def _end_of(day: date | None) -> datetime | None:
    return start_of(day + timedelta(days=1)) if day and day <= LAST_DAY else None


def _last_day(important_until: datetime | None) -> date | None:
    """The day that still is in it, as people say it."""
    return day_of(important_until - timedelta(seconds=1)) if important_until else None


def _chosen(session: Session, column: InstrumentedAttribute[int], which: ColumnElement[bool], field: str) -> int:
    found = session.scalars(select(column).where(which)).one_or_none()
    if found is None:
        raise Refused(_("選び直してください。"), field=field)
    return found


def not_too_far(_form: object, field: DateField) -> None:
    if field.data and field.data > LAST_DAY:
        raise ValidationError(_("日付が遠すぎます。"))


def without_marks(_form: object, field: TextAreaField) -> None:
    """What two people typed at one place is chosen before it is saved (E18)."""
    if not MARKS.isdisjoint(kept_source(field.data or "").split("\n")):
        raise ValidationError(
            _("▼▼▼、▲▼▲、▲▲▲ の目印の行が残っています。どちらの内容にするかを決めて、目印の行を消してください。")
        )


class ArticleForm(Form):
    """`revision` is the one that the person opened (E18), `article` which it is; both empty for a new one.

    `typing` is where what is typed is kept, `typed_version` what of it is in this form; `opened`: the short fields as they were.
    """

    article = HiddenField()
    revision = IntegerField(widget=HiddenInput(), default=0)
    typing = HiddenField()
    typed_version = IntegerField(widget=HiddenInput(), default=0)
    opened = HiddenField()
    page = SelectField(lazy_gettext("ページ"))
    kind = SelectField(lazy_gettext("種類"))
    title = line(lazy_gettext("件名"), LONGEST_TITLE)
    source = TextAreaField(lazy_gettext("本文(Markdown)"), [required(), without_marks])
    tags = line(lazy_gettext("タグ"), LONGEST_LINE, is_required=False)
    is_pinned = BooleanField(lazy_gettext("一覧の先頭に固定する"))
    important_until = DateField(lazy_gettext("「重要」を付ける最終日"), [Optional(), not_too_far])
    title_en = line(lazy_gettext("件名(英語)"), LONGEST_TITLE, is_required=False)
    source_en = TextAreaField(lazy_gettext("本文(英語、Markdown)"), [without_marks])
    files = MultipleFileField(lazy_gettext("添付ファイル"))

    def offer(self, session: Session) -> None:
        pages = session.execute(select(Page.slug, Page.name).order_by(Page.position))
        kinds = select(ArticleKind.slug, Category.name, ArticleKind.name).join_from(ArticleKind, Category)
        ordered = session.execute(kinds.order_by(Category.position, ArticleKind.position))
        self.page.choices = choices([(slug, translated(name)) for slug, name in pages])
        self.kind.choices = choices(
            [
                (slug, _("%(category)s:%(kind)s", category=translated(category), kind=translated(name)))
                for slug, category, name in ordered
            ]
        )
        for field in (self.page, self.kind):
            field.data = field.data or field.choices[0].value

    def text(self, session: Session, untitled: str = "") -> ArticleText:
        """`Refused`, naming the field, where the words can't be kept as they are."""
        return article_text(
            page_id=_chosen(session, Page.id, Page.slug == self.page.data, "page"),
            kind_id=_chosen(session, ArticleKind.id, ArticleKind.slug == self.kind.data, "kind"),
            title=self.title.data or untitled,
            source=self.source.data or "",
            is_pinned=self.is_pinned.data,
            important_until=_end_of(self.important_until.data),
            tags=read_tags(self.tags.data or ""),
            **self._english(untitled),
        )

    def _english(self, untitled: str) -> dict[str, str]:
        """With `untitled` what is half typed is shown as far as it goes."""
        title, source = self.title_en.data or "", self.source_en.data or ""
        if untitled:
            title = (title or untitled) if source.strip() else ""
        return {"title_en": title, "source_en": source}

    def uploads(self) -> list[Upload]:
        return [Upload(file.filename, file.stream) for file in self.files.data or [] if file.filename]


def sent_form(session: Session) -> ArticleForm:
    """As it was sent; empty where nothing was."""
    form = ArticleForm()
    form.offer(session)
    return form


def form_of(session: Session, article: Article) -> ArticleForm:
    """With what the article says."""
    form = ArticleForm(formdata=None, data=_values(article) | {"tags": tag_line(tags_of(session, article.id))})
    form.offer(session)
    return form


def _values(article: Article) -> dict[str, Any]:
    return {
        "article": article.public_id,
        "revision": article.revision,
        "page": article.page.slug,
        "kind": article.kind.slug,
        "title": article.title,
        "source": article.source,
        "title_en": article.title_en,
        "source_en": article.source_en,
        "is_pinned": article.is_pinned,
        "important_until": _last_day(article.important_until),
    }


def checked_text(form: ArticleForm, session: Session) -> ArticleText | None:
    """None where something is wrong; each reason then stands beside its field (R8-3)."""
    if not form.validate():
        return None
    try:
        return form.text(session)
    except Refused as refusal:
        form.refuse([refusal])
        return None


class FilesForm(Form):
    files = MultipleFileField(lazy_gettext("追加するファイル"))

    def uploads(self) -> list[Upload]:
        found = [Upload(file.filename, file.stream) for file in self.files.data or [] if file.filename]
        if not found:
            raise Refused(say("ファイルを選んでください。"), field=FIELD)
        return found


class MarksForm(Form):
    is_pinned = BooleanField(lazy_gettext("一覧の先頭に固定する"))
    important_until = DateField(lazy_gettext("「重要」を付ける最終日"), [Optional(), not_too_far])

    def until(self) -> datetime | None:
        return _end_of(self.important_until.data)


def marks_form_of(article: Article) -> MarksForm:
    day = _last_day(article.important_until)
    return MarksForm(formdata=None, data={"is_pinned": article.is_pinned, "important_until": day})


class WithdrawForm(Form):
    reason = line(lazy_gettext("取り下げる理由"), LONGEST_REASON, is_required=True)
