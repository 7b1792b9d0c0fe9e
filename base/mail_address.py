import re

from base.refusals import Refused
from base.sentences import say

LONGEST = 254
# Dots may stand anywhere: some Japanese mobile carriers gave out addresses like `a..b.@…`, and they are alive.
PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII)


def is_address(text: str) -> bool:
    """Whether it may stand in an envelope and a header (F1)."""
    return len(text) <= LONGEST and PLAIN.fullmatch(text) is not None


def one_address(text: str) -> str:
    """The address as it may stand in an envelope and a header; `Refused` where it could become two, or none (F1)."""
    if not is_address(text):
        raise Refused(say("このメールアドレスには送信できません。表記をご確認ください。"), field="address")
    return text


def folded(address: str) -> str:
    """Two spellings of one mailbox fold to the same text."""
    return address.lower()
