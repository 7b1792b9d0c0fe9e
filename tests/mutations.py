"""Mutated bytes and texts; `PORTAL_EXAMPLES=10000` asks for more of them than the daily run."""

import os
from collections.abc import Sequence
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES: Final = settings(
    max_examples=int(os.environ.get("PORTAL_EXAMPLES", "500")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

TAGS = b"\x00\x01\x02\x03\x05\x06\x0c\x13\x17\x18\x1e\x30\x31\x80\xa0\xa3\xff"


@st.composite
def mutated(draw: st.DrawFn, originals: Sequence[bytes]) -> bytes:
    """One of the originals with one to four places changed, never an original itself."""
    content = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 4))):
        _change(draw, content)
    if bytes(content) in originals:
        content.append(0)
    return bytes(content)


def _change(draw: st.DrawFn, content: bytearray) -> None:
    place = draw(st.integers(0, max(len(content) - 1, 0)))
    match draw(st.sampled_from(["set", "tag", "drop", "insert", "copy"])):
        case "set":
            content[place : place + 1] = draw(st.binary(min_size=1, max_size=1))
        case "tag":
            content[place : place + 1] = bytes([draw(st.sampled_from(TAGS))])
        case "drop":
            del content[place : place + draw(st.integers(1, 8))]
        case "insert":
            content[place:place] = draw(st.binary(min_size=1, max_size=4))
        case "copy":
            source = draw(st.integers(0, len(content)))
            content[place : place + 8] = content[source : source + 8]
