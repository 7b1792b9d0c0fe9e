"""The check sheet's look through others' eyes: nothing is recorded as read, nothing changes (R9-2)."""

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from auth.gate import viewer
from auth.permissions import PUBLISH
from base import clock
from base.audience import audience, staff
from base.db import db
from base.form_keys import new_form_key
from content.article_queries import state_of
from content.article_states import ArticleState
from content.article_text import ArticleText
from content.models import Article, Page
from content.reading.seen_lists import seen_lists
from content.reading.viewing import Reach, Viewing, reach_within
from content.visibility import ViewerFacts
from content.writing.article_forms import ArticleForm, checked_text, sent_form
from content.writing.article_previews import full_of, kept_text, previews
from content.writing.articles import with_marks_of
from content.writing.staff_views import editor, existing, home_of
from content.writing.standpoint_choices import Eyes, eyes_for

GONE = {ArticleState.WITHDRAWN, ArticleState.ENDED}


def _still_there(public_id: str) -> Article:
    article = existing(public_id)
    return abort(404) if state_of(article, clock.now()) in GONE else article


@audience(staff(PUBLISH))
def show_as(public_id: str) -> ResponseReturnValue:
    """The article as it was last saved."""
    article = _still_there(public_id)
    return _seen_page(article, kept_text(db.session(), article), None)


@audience(staff(PUBLISH))
def show_update_as(public_id: str) -> ResponseReturnValue:
    """The update as it was typed."""
    article, form = _still_there(public_id), sent_form(db.session())
    text = checked_text(form, db.session())
    if text is None:
        return editor(form, article), 422
    return _seen_page(article, with_marks_of(article, text), form)


def _reach(eyes: Eyes) -> Reach:
    found = eyes.standpoint
    facts = found.facts if found and found.facts else ViewerFacts()
    return reach_within(Viewing().shape(db.session, viewer().page_versions), facts)


def _seen_page(article: Article, text: ArticleText, form: ArticleForm | None) -> str:
    session, now = db.session(), clock.now()
    eyes = eyes_for(session, session.get_one(Page, text.page_id), request.values)
    reach = _reach(eyes)
    return render_template(
        "publishing/standpoint.html",
        article=article,
        title=text.title,
        home=home_of(article),
        form=form,
        eyes=eyes,
        reach=reach,
        lists=seen_lists(session, full_of(session, text, article, now).listed, reach, now),
        preview=previews(session, text, article, now) if text.page_id in reach.by_id else None,
        form_key=new_form_key(),
    )
