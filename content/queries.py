from typing import Any

from sqlalchemy import ScalarSelect, String, cast, select

from auth.models import User
from base.db import joined
from content.models import Page, ReadingCount


def page_versions() -> ScalarSelect[Any]:
    """Comma-joined `id:version` of every page: with it a request knows which cached fragments still hold."""
    one = cast(Page.id, String) + ":" + cast(Page.version, String)
    return select(joined(one)).scalar_subquery()


def reads() -> ScalarSelect[Any]:
    """How often the query's `User` has read something: with it a request knows whether its unread marks still hold."""
    own = select(ReadingCount.reads).where(ReadingCount.user_id == User.id)
    return own.correlate(User).scalar_subquery()
