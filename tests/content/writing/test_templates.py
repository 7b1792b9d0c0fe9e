"""Templates: what an article of each kind begins with."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from base.audit import AuditEntry
from base.db import db, transaction
from content.markup import render
from content.models import Article, ArticleKind
from content.writing.template_texts import DEFAULTS, PLACEHOLDER, to_fill_in
from content.writing.templates import (
    TemplateMovedOn,
    all_templates,
    filled_in,
    reset_template,
    save_template,
    template_of,
)
from tests.browsing import Visitor, forms_of
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.content.newsroom import Newsroom
from tests.content.writing.test_publishing_races import all_at_once

Enter = Callable[[Person], Visitor]
NEW, HOME = "/staff/articles/new", "/staff/templates"
USE = "/staff/articles/template"


@pytest.mark.parametrize("kind", DEFAULTS)
def test_every_standard_template_can_be_published_and_asks_for_something(kind: str) -> None:
    """R7-4."""
    title, source = DEFAULTS[kind]
    assert "【" not in PLACEHOLDER.sub("", title + source)
    assert len(to_fill_in((title, source), (title, source))) > 2
    assert ("<table>" in render(source)) == (kind != "faq")


def test_what_is_left_to_fill_in_is_what_the_template_asked_for() -> None:
    """R7-4: each once; brackets of one's own are nobody's business."""
    template = ("【停止日】のお知らせ", "【停止日】\n【影響】")
    assert to_fill_in(template, ("【停止日】のお知らせ", "【重要】【停止日】【影響】なし")) == [
        "【停止日】",
        "【影響】",
    ]
    assert to_fill_in(template, ("12/1のお知らせ", "【重要】")) == []


def test_every_kind_has_one_and_staffs_own_takes_its_place(session: Session) -> None:
    """R7-4, E18: on both databases."""
    newsroom = Newsroom(session)
    found = template_of(session, "business")
    assert [each.kind.slug for each in all_templates(session)] == list(DEFAULTS)
    assert found is not None
    assert (found.title, found.source, found.version) == (*DEFAULTS["business"], 0)
    save_template(session, found.kind, "件名 ", "本文", seen=0, by=newsroom.by(), now=NOW)
    with pytest.raises(TemplateMovedOn, match="受付 良子"):
        save_template(session, found.kind, "別", "別", seen=0, by=newsroom.by(newsroom.second), now=NOW)
    own = template_of(session, "business")
    assert own is not None
    assert (own.title, own.source, own.version) == ("件名", "本文", 1)
    assert filled_in(session, "business", "", "書いた本文") == ("件名", "書いた本文")
    assert filled_in(session, "business", "書いた件名", "書いた本文") is None
    assert filled_in(session, "business", *DEFAULTS["faq"]) == ("件名", "本文")
    assert filled_in(session, "nothing", "", "") is None
    reset_template(session, found.kind, seen=1, by=newsroom.by(), now=NOW)
    with pytest.raises(TemplateMovedOn):
        reset_template(session, found.kind, seen=1, by=newsroom.by(), now=NOW)
    assert filled_in(session, "business", "", "") == DEFAULTS["business"]
    trail = session.scalars(select(AuditEntry.action).where(AuditEntry.subject == "business")).all()
    assert trail == ["template saved", "template reset"]


def test_of_people_who_write_the_first_at_once_one_wins(engine: Engine) -> None:
    """E18: though there is no row yet to wait for."""
    with transaction(Session(engine)) as session:
        by = Newsroom(session).by()

    def save(number: int) -> str:
        try:
            with transaction(Session(engine)) as session:
                kind = session.scalars(select(ArticleKind).where(ArticleKind.slug == "faq")).one()
                save_template(session, kind, f"件名{number}", "本文", seen=0, by=by, now=NOW)
        except TemplateMovedOn:
            return "told"
        return "saved"

    assert all_at_once(save, 3) == ["saved", "told", "told"]


def test_a_new_article_takes_its_kinds_template_where_it_is_empty(app: Flask, enter: Enter, cast: Cast) -> None:
    """R7-4, R8-8: nothing is saved by it; what was typed stays; the check sheet names what is left to fill in."""
    desk = enter(cast.reception)
    form = desk.form(NEW, NEW)
    page = desk.post(USE, form.values | {"kind": "planned-stop", "page": "juju", "tags": "停止"})
    filled = next(each for each in forms_of(page.text) if each.action == NEW)
    assert (filled.values["title"], filled.values["source"]) == DEFAULTS["planned-stop"]
    assert (filled.values["page"], filled.values["tags"], filled.values["typing"]) == (
        "juju",
        "停止",
        form.values["typing"],
    )
    typed = desk.post(USE, form.values | {"title": "件名", "source": "本文"}).text
    assert "件名と本文が空のときだけ、ひな形を入れます。" in typed
    assert ('value="件名"' in typed, "本文</textarea>" in typed) == (True, True)
    with app.app_context():
        assert db.session.scalars(select(Article)).all() == []
    home = desk.post(NEW, filled.values | {"title": "JUJU 計画停止のお知らせ", "then": "check"}).headers["Location"]
    assert "ひな形の記入欄が残っています" in desk.page(home)
    assert "【開始日(曜日)と時刻】、" in desk.page(home)
    words = {"title": "件名", "source": "12/6(土)に停止します", "kind": "planned-stop"}
    own = desk.page(desk.submit(NEW, **words, then="check").headers["Location"])
    assert ("ひな形の記入欄" in own, "12/6(土) → 日曜日" in own) == (False, True)


def test_staff_keep_the_templates(enter: Enter, cast: Cast) -> None:
    """R7-4, R8-3, E18: with a preview; for nobody else there is such a screen."""
    desk, second, path = enter(cast.reception), enter(cast.reception_two), f"{HOME}/faq"
    mine, theirs = desk.form(path, path), second.form(path, path)
    shown = desk.post(f"{path}/preview", mine.values | {"source": "**太字**", "title": "<b>"})
    assert ("<strong>太字</strong>" in shown.text, "**太字**</textarea>" in shown.text) == (True, True)
    assert desk.post(path, mine.values | {"source": "[" * 2_000}).status_code == 422
    assert desk.post(path, mine.values | {"title": "あ" * 201}).status_code == 422
    assert second.post(path, theirs.values | {"source": "相手のひな形"}).status_code == 303
    late = desk.post(path, mine.values | {"source": "自分のひな形"})
    assert (late.status_code, "相手のひな形" in late.text) == (409, True)
    assert "自分のひな形</textarea>" in late.text
    again = next(each for each in forms_of(late.text) if each.action == path)
    assert desk.post(path, again.values).status_code == 303
    assert "受付 良子" in desk.page(HOME)
    assert "自分のひな形" in desk.page(path)
    assert desk.submit(path, f"{path}/reset").status_code == 303
    assert DEFAULTS["faq"][1].split("\n")[0] in desk.page(path)
    assert desk.get(f"{HOME}/nothing").status_code == 404
    assert [enter(who).get(HOME).status_code for who in (cast.nishi_manager, cast.operations)] == [404, 404]
