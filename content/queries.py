from typing import Any

from sqlalchemy import ScalarSelect, String, cast, func, select

from content.models import Page


def page_versions() -> ScalarSelect[Any]:
    """Comma-joined `id:version` of every page: with it a request knows which cached fragments still hold."""
    one = cast(Page.id, String) + ":" + cast(Page.version, String)
    return select(func.aggregate_strings(one, ",")).scalar_subquery()
