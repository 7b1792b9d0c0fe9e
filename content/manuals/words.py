"""What is written for staff around a manual: its first name, and the paragraph that tells of a new version (R9-12)."""

import re

from base.jst import day_of, show_day
from content.files.models import Manual
from content.files.names import extension
from content.models import Article, Attachment

# What people put behind a name to tell versions apart: the number stands beside it from now on.
_VERSION = re.compile(
    r"(?:[_\s((-]+v(?:er)?\.?\s*\d+(?:\.\d+)*|[_\s((-]*(?:第?\d+版|改訂\S*|最新版?))[))]*$", re.IGNORECASE
)


def plain_name(file_name: str) -> str:
    """The file's name without extension and version, as words."""
    suffix = extension(file_name)
    stem = file_name[: -len(suffix) - 1] if suffix else file_name
    plain = _VERSION.sub("", stem).replace("_", " ").strip()
    return plain or stem


def is_untold(article: Article, latest: Attachment) -> bool:
    """Whether no update of a published article has come since the version did; a draft's own publication still comes."""
    told_at = article.updated_at or article.published_at
    return told_at is not None and told_at < latest.added_at


def announcement(manual: Manual, latest: Attachment) -> str:
    """Markdown for the top of the article; its author changes it as he likes."""
    href = f"/manuals/{manual.public_id}"
    day = show_day(day_of(latest.added_at))
    head = f"**[{_escaped(manual.name)}]({href}) を第{latest.version}版に改訂しました({day})。**"
    return "\n".join([head, "", *(f"- {line}" for line in (latest.what_changed or "").split("\n") if line)])


def _escaped(name: str) -> str:
    return re.sub(r"([\\\[\]*_`])", r"\\\1", name)
