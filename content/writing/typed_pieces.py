"""What the editor shows beside its form: one's own words that were typed and not saved, and who else is typing (R7-4, E18)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from content.models import Article
from content.writing.article_forms import ArticleForm, form_of, sent_form
from content.writing.autosaves import kept_by, kept_new_ones, kept_of, others_typing
from content.writing.comparisons import Difference
from content.writing.form_words import read_again
from content.writing.models import Autosave
from content.writing.revision_lists import KEPT, revision_by
from content.writing.typed_forms import brought_back, differences_of, taken_up

TAKE = "unsaved"
RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Pending:
    """`form` shows the values of `differences` in people's words; a new article differs from nothing and needs none."""

    kept: Autosave
    title: str
    form: ArticleForm | None = None
    differences: Sequence[Difference] = ()
    is_behind: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """`told`: where it isn't simply the article, what stands in the form."""

    form: ArticleForm
    told: str = ""


@dataclass(frozen=True, slots=True)
class Typing:
    pending: Sequence[Pending]
    others: Sequence[Autosave]


def typing_of(session: Session, person_id: int, form: ArticleForm, article: Article | None, now: datetime) -> Typing:
    """Nothing is pending that stands in the form already."""
    if article is None:
        kept = [each for each in kept_new_ones(session, person_id) if each.key != form.typing.data]
        return Typing([Pending(each, _title(each)) for each in kept], [])
    found = kept_by(session, person_id, article.public_id)
    is_pending = found is not None and found.version > (form.typed_version.data or 0)
    pending = [_pending(session, found, article)] if found is not None and is_pending else []
    return Typing([each for each in pending if each.differences], others_typing(session, article, person_id, now))


def _title(kept: Autosave) -> str:
    """Of an article without one its first line."""
    words = read_again(kept.fields)
    typed = (words.get(name, "").strip().split("\n")[0] for name in KEPT)
    return next((line for line in typed if line), "")


def unsaved_of(session: Session, person_id: int) -> list[Pending]:
    """All that somebody has typed and not saved, the latest first."""
    return [Pending(each, _title(each)) for each in kept_of(session, person_id)]


def _pending(session: Session, kept: Autosave, article: Article) -> Pending:
    form = taken_up(session, kept, article)
    differences = differences_of(session, form, article, kept.revision)
    return Pending(kept, article.title, form, differences, kept.revision != article.revision)


def opened_form(session: Session, person_id: int, article: Article | None, address: Mapping[str, str]) -> Opened:
    """As the article is, or, where the address says so, with an earlier revision, or what this person has typed and not saved."""
    earlier = revision_by(session, article.id, address.get(RESTORE, "")) if article else None
    if article is not None and earlier is not None:
        told = _("第%(number)s版の件名と本文を入れました。まだ保存していません。", number=earlier.number)
        return Opened(brought_back(session, article, earlier), told)
    asked = address.get(TAKE, "")
    key = article.public_id if article and asked else asked
    kept = kept_by(session, person_id, key) if key else None
    if kept is not None and kept.article_id == (article.id if article else None):
        return Opened(taken_up(session, kept, article), _("残っていた入力を取り込みました。まだ保存していません。"))
    return Opened(form_of(session, article) if article else sent_form(session))
