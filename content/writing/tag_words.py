"""Tags as people type them: behind one another, with commas, 、 or spaces between (R7-4)."""

import re

from base.mail_text import on_one_line
from base.refusals import Refused
from base.sentences import say
from content.search.words import folded

MOST_TAGS = 10
LONGEST_TAG = 30
LONGEST_LINE = 400

# The sign that other sites put before a tag separates too: typed out of habit, it isn't part of the word.
_BETWEEN = re.compile(r"[\s,,、##]+")


def read_tags(line: str) -> tuple[str, ...]:
    """Each once, spelt as at its first place; `Refused`, naming the field, where there are too many or one is too long."""
    words = (on_one_line(word) for word in _BETWEEN.split(line))
    found = {folded(word): word for word in reversed([word for word in words if word])}
    names = tuple(found.values())[::-1]
    too_long = next((name for name in names if len(name) > LONGEST_TAG), None)
    if too_long:
        raise Refused(
            say(
                "タグは1つ%(longest)s文字以内で入力してください:「%(too_long)s」",
                longest=LONGEST_TAG,
                too_long=too_long,
            ),
            field="tags",
        )
    if len(names) > MOST_TAGS:
        raise Refused(
            say("タグは%(most)s個までです。今は%(count)s個あります。", most=MOST_TAGS, count=len(names)),
            field="tags",
        )
    return names


def tag_line(names: tuple[str, ...]) -> str:
    """As the editor's field shows them; `read_tags` reads it again."""
    return "、".join(names)
