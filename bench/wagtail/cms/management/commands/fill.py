"""The articles of our own stage as pages of Wagtail, its viewer as a user of the groups that may see the same sections.

Prints what `bench.wagtail.__main__` reads: a cookie, the address of a section and of its newest article, and of one that is closed to him.
"""

import json
import sqlite3
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.core.management.base import BaseCommand
from django.db import connection
from wagtail.models import Page, PageViewRestriction, Site

from bench.wagtail.cms.models import ArticlePage, SectionPage

BATCH = 2_000
ARTICLES = """
SELECT page.slug, article.public_id, article.title, article.html, article.published_at
FROM article JOIN page ON page.id = article.page_id ORDER BY article.published_at
"""


def _sections(slugs: list[str], opened: set[str]) -> tuple[dict[str, SectionPage], Group]:
    """Each restricted to a group; the viewer's own group may see those of `opened`."""
    home = Page.objects.get(depth=2)
    seeing, others = Group.objects.create(name="seeing"), Group.objects.create(name="others")
    sections = {}
    for slug in slugs:
        section = SectionPage(title=slug, slug=slug, show_in_menus=True)
        sections[slug] = home.add_child(instance=section)
        restriction = PageViewRestriction.objects.create(page=section, restriction_type=PageViewRestriction.GROUPS)
        restriction.groups.add(others, *([seeing] if slug in opened else []))
    return sections, seeing


def _pages(rows: Iterator[Any], sections: dict[str, SectionPage]) -> Iterator[tuple[Page, str]]:
    """As many as there are would take hours one by one: the tree's own columns are computed here."""
    kind, counts = ContentType.objects.get_for_model(ArticlePage), dict.fromkeys(sections, 0)
    for slug, public_id, title, html, published_at in rows:
        counts[slug] += 1
        section, at = sections[slug], datetime.fromisoformat(published_at).replace(tzinfo=UTC)
        page = Page(
            title=title,
            draft_title=title,
            slug=public_id,
            path=Page._get_path(section.path, section.depth + 1, counts[slug]),  # noqa: SLF001 - treebeard offers no other
            depth=section.depth + 1,
            url_path=f"{section.url_path}{public_id}/",
            content_type=kind,
            locale=section.locale,
            live=True,
            first_published_at=at,
            last_published_at=at,
            latest_revision_created_at=at,
        )
        yield page, html


def _fill(rows: Iterator[Any], sections: dict[str, SectionPage]) -> None:
    pages = _pages(rows, sections)
    while batch := list(islice(pages, BATCH)):
        made = Page.objects.bulk_create([page for page, _html in batch])
        bodies = [(page.pk, html) for page, (_page, html) in zip(made, batch, strict=True)]
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO cms_articlepage (page_ptr_id, body) VALUES (%s, %s)", bodies)
    for section in sections.values():
        Page.objects.filter(pk=section.pk).update(numchild=Page.objects.child_of(section).count())


def _logged_in(group: Group) -> str:
    user = User.objects.create_user("viewer", password="bench", first_name="太郎", last_name="計測")
    user.groups.add(group)
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session.create()
    return f"sessionid={session.session_key}"


def _newest(section: SectionPage) -> Page:
    return Page.objects.child_of(section).order_by("-first_published_at")[0]


def _path(page: Page) -> str:
    """From the site's root on, which is the second level of the tree."""
    return "/" + page.url_path.split("/", 2)[2]


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("portal", type=Path)
        parser.add_argument("--open", nargs="+", required=True)

    def handle(self, *_args: Any, **options: Any) -> None:
        Site.objects.update(hostname="localhost")
        ours = sqlite3.connect(options["portal"])
        slugs = [slug for (slug,) in ours.execute("SELECT slug FROM page ORDER BY position")]
        sections, group = _sections(slugs, set(options["open"]))
        _fill(iter(ours.execute(ARTICLES)), sections)
        opened = sections[options["open"][0]]
        closed = next(
            each for slug, each in sections.items() if slug not in options["open"] and Page.objects.child_of(each)
        )
        newest, hidden = _newest(opened), _newest(closed)
        told = {
            "cookie": _logged_in(group),
            "list": _path(opened),
            "article": _path(newest),
            "title": newest.title,
            "closed": [_path(closed), _path(hidden)],
            "hidden": hidden.title,
        }
        self.stdout.write(json.dumps(told))
