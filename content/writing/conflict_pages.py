"""Two people at one article: what the second typed is kept, shown beside what the first saved, and chosen from (E18)."""

from datetime import date

from flask import render_template, request
from sqlalchemy.orm import Session

from auth.gate import viewer
from base import clock
from base.db import db, transaction
from base.form_keys import new_form_key
from base.words import day
from content.article_states import ArticleState
from content.models import Article
from content.writing.article_forms import ArticleForm
from content.writing.autosaves import forget_typed, keep_typed, place_of
from content.writing.comparisons import Difference
from content.writing.form_words import words_of
from content.writing.typed_forms import counted, differences_of, to_keep

BEGUN = "begun"
TAKE = "take_"


def typed_day(words: str) -> str:
    """A day as a date field writes it, the way people read it; anything else stays as it was typed."""
    try:
        return day(date.fromisoformat(words))
    except ValueError:
        return words


def begun_revision(form: ArticleForm) -> int:
    """The one that both had before them, also where this is the second conflict in a row."""
    begun = request.form.get(BEGUN, "")
    return int(begun) if begun.isascii() and begun.isdigit() and len(begun) < 9 else counted(form.revision.data)


def show_conflict(form: ArticleForm, article: Article, reason: str, state: ArticleState, home: str) -> str:
    begun = begun_revision(form)
    differences = differences_of(db.session(), form, article, begun)
    form.revision.process_data(article.revision)
    form.revision.raw_data = None
    return render_template(
        "publishing/conflict.html",
        form=form,
        article=article,
        reason=reason,
        state=state,
        home=home,
        begun=begun,
        differences=differences,
        words=words_of(form),
        unsent=[upload.name for upload in form.uploads()],
        form_key=new_form_key(),
    )


def chosen_words(differences: list[Difference]) -> dict[str, str]:
    return {each.name: each.chosen(request.form.get(f"{TAKE}{each.name}", "")) for each in differences}


def keep_what_lost(form: ArticleForm, article: Article) -> None:
    """As if it had been typed just now; so it is there even where the page that shows it is closed."""
    place, known = place_of(viewer().user_id, article, ""), counted(form.typed_version.data)
    if place is None:
        return
    with transaction() as session:
        revision = counted(form.revision.data)
        version = keep_typed(session, place, to_keep(form), revision=revision, known=known, now=clock.now())
    form.typed_version.process_data(version or known)
    form.typed_version.raw_data = None


def forget_saved(session: Session, form: ArticleForm, article: Article) -> None:
    """What was typed is saved now, in the same transaction."""
    key = article.public_id if form.article.data else form.typing.data or ""
    forget_typed(session, viewer().user_id, key, counted(form.typed_version.data))
