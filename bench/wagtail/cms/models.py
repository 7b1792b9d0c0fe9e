"""The same as ours in Wagtail's own words: sections under the home page, restricted to groups, articles under them."""

from typing import Any

from django.db import models
from django.http import HttpRequest
from wagtail.models import Page, PageViewRestriction

NEWEST = 20


def open_sections(request: HttpRequest) -> list[Page]:
    """The menu: sections that the visitor may open."""
    sections = list(Page.objects.live().in_menu())
    restrictions = PageViewRestriction.objects.filter(page__in=sections).prefetch_related("groups")
    closed = {each.page_id for each in restrictions if not each.accept_request(request)}
    return [section for section in sections if section.pk not in closed]


class SectionPage(Page):
    subpage_types = ("cms.ArticlePage",)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        newest = Page.objects.child_of(self).live().order_by("-first_published_at")[:NEWEST]
        context = super().get_context(request, *args, **kwargs)
        return {**context, "articles": newest, "sections": open_sections(request)}


class ArticlePage(Page):
    body = models.TextField()

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context(request, *args, **kwargs), "sections": open_sections(request)}
