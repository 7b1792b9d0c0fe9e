"""An article's form filled with what was kept of it, chosen for it, or said by the article."""

from collections.abc import Mapping

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from base.identifiers import public_id
from content.models import Article, ArticleRevision
from content.writing.article_forms import ArticleForm, form_of
from content.writing.autosaves import NEW
from content.writing.comparisons import Difference, compared
from content.writing.form_words import is_long, read_again, words_of, written
from content.writing.models import Autosave
from content.writing.revision_lists import KEPT as TEXTS
from content.writing.revision_lists import revision_by, words_in

MOST = 1_000_000_000
# Of an article that has been public these change by themselves, without a revision.
MARKS = frozenset({"is_pinned", "important_until"})


def filled_form(
    session: Session, words: Mapping[str, str], article: Article | None, **hidden: str | int
) -> ArticleForm:
    """As if it had been typed; what the form doesn't know is left out (E14)."""
    sent = {name: value for name, value in words.items() if value}
    own = {"article": article.public_id if article else "", **hidden}
    form = ArticleForm(formdata=MultiDict(sent | {name: str(value) for name, value in own.items()}))
    form.offer(session)
    return form


def taken_up(session: Session, kept: Autosave, article: Article | None) -> ArticleForm:
    """With the words that were typed and not saved, at the revision that they began with."""
    return filled_form(
        session,
        read_again(kept.fields),
        article,
        typing=kept.key,
        typed_version=kept.version,
        revision=kept.revision,
    )


def counted(number: int | None) -> int:
    """A number out of a form, where it can be one of ours."""
    return number if number is not None and 0 <= number < MOST else 0


def is_said_already(session: Session, form: ArticleForm, article: Article | None) -> bool:
    """Nothing was typed that the article doesn't say; of a new one neither title nor text."""
    if article is None:
        return not any((form[name].data or "").strip() for name in TEXTS)
    return not differences_of(session, form, article, article.revision)


def brought_back(session: Session, article: Article, kept: ArticleRevision) -> ArticleForm:
    """What the article says, with the texts of an earlier revision: to be looked at and saved."""
    words = words_of(form_of(session, article)) | words_in(kept)
    return filled_form(session, words, article, revision=article.revision)


def to_keep(form: ArticleForm) -> str:
    return written(words_of(form) | {"opened": form.opened.data or ""})


def remember_beginnings(session: Session, form: ArticleForm, article: Article | None) -> None:
    """Where what is typed will be kept, and what the short fields say now: a form that comes back brings its own."""
    if article is None:
        form.typing.data = form.typing.data or NEW + public_id()
        return
    form.typing.data = article.public_id
    if not form.opened.data and form.revision.data == article.revision:
        begun = form_of(session, article)
        form.opened.data = written({name: value for name, value in words_of(begun).items() if not is_long(begun[name])})


def begun_with(session: Session, form: ArticleForm, article: Article, revision: int) -> dict[str, str]:
    """What both people had before them, as far as it is known."""
    kept = revision_by(session, article.id, str(revision))
    return read_again(form.opened.data or "") | (words_in(kept) if kept else {})


def differences_of(session: Session, form: ArticleForm, article: Article, revision: int) -> list[Difference]:
    """Between what the article says now and what somebody typed into a form that began with the revision (E18)."""
    now = form_of(session, article)
    long = [field.name for field in now if is_long(field)]
    beside = MARKS if article.published_at is not None else frozenset()
    theirs = {name: words for name, words in words_of(now).items() if name not in beside}
    return compared(theirs, words_of(form), begun_with(session, form, article, revision), long)
