"""What articles' states are called on screens and in files; a tag is its words and its colour."""

from content.article_states import ArticleState
from content.writing.article_filters import AWAITING
from content.writing.upcoming import Turn

STATE_TAGS: dict[ArticleState, tuple[str, str]] = {
    ArticleState.DRAFT: ("下書き", "amber"),
    ArticleState.SCHEDULED: ("公開前", "blue"),
    ArticleState.PUBLISHED: ("公開中", "green"),
    ArticleState.ENDED: ("掲載終了", ""),
    ArticleState.WITHDRAWN: ("取り下げ", ""),
}
STATE_CHOICES: dict[str, str] = {
    **{state: words for state, (words, _colour) in STATE_TAGS.items()},
    AWAITING: "承認待ち",
}
TURN_TAGS: dict[Turn, tuple[str, str]] = {Turn.GOES_PUBLIC: ("公開", "blue"), Turn.ENDS: ("掲載終了", "")}
