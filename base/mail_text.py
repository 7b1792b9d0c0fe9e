"""What a mail says and how it is written on the wire: plain text, one recipient, the same Message-ID at every try (R7-16)."""

import base64
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, getaddresses
from functools import lru_cache

from base.mail_address import one_address
from base.refusals import Refused

LIST_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,60}[a-z0-9])?")
NO_TEXT = {"Cc", "Cs", "Zl", "Zp"}
NOISE = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail ready to go. `list_id` names the kind of notice for people's filters, as in `johs.notices`."""

    subject: str
    body: str
    list_id: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """The mail has lost its point; `reason` is for staff."""

    reason: str


@dataclass(frozen=True, slots=True)
class Held:
    """The mail has to wait for something; `reason` is for staff (R7-10)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes. `host` stands behind the @ of a Message-ID and in the List-Id."""

    name: str
    address: str
    host: str


def letterhead(mail_from: str, host: str) -> Letterhead:
    """From `NAME <ADDRESS>` or `ADDRESS`, and the host of the site; `Refused` where the address isn't one."""
    senders = getaddresses([mail_from])
    if len(senders) != 1:
        raise Refused("the sender (PORTAL_MAIL_FROM) is exactly one address")
    name, address = senders[0]
    return Letterhead(name, one_address(address), host.partition(":")[0])


def on_one_line(text: str) -> str:
    """Line ends, other control characters and half characters become spaces (F1)."""
    return "".join(" " if unicodedata.category(character) in NO_TEXT else character for character in text).strip()


def _encoded(name: str, text: str) -> str:
    # Always as encoded words: so a text that looks like one arrives as what it looks like.
    return Header(on_one_line(text), "utf-8", header_name=name).encode(linesep="\r\n")


def _from(head: Letterhead) -> str:
    return f"{_encoded('From', head.name)} <{head.address}>" if head.name else head.address


def _list_id(list_id: str, host: str) -> str:
    if not LIST_NAME.fullmatch(list_id):
        raise ValueError(f"no name for a list: {list_id!r}")
    return f"List-Id: <{list_id}.{host}>\r\n"


def _in_base64(body: str) -> str:
    text = "\r\n".join(NOISE.sub(" ", body).splitlines()) + "\r\n"
    return base64.encodebytes(text.encode()).decode("ascii").replace("\n", "\r\n")


@lru_cache(maxsize=16)
def _shared_part(composed: Composed, head: Letterhead) -> bytes:
    """Everything that is the same for each recipient: rendered once for a whole run."""
    headers = (
        f"From: {_from(head)}\r\n"
        f"Subject: {_encoded('Subject', composed.subject)}\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: text/plain; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
    )
    listed = _list_id(composed.list_id, head.host) if composed.list_id else ""
    return (headers + listed + "\r\n" + _in_base64(composed.body)).encode("ascii")


@lru_cache(maxsize=4)
def _date(now: datetime) -> str:
    return f"Date: {format_datetime(now)}\r\n"


def build_message(*, public_id: str, address: str, composed: Composed, head: Letterhead, now: datetime) -> bytes:
    """The mail's bytes, CRLF, ASCII throughout. The Message-ID hangs on the row alone, so that a second copy is recognised."""
    own = f"To: {one_address(address)}\r\nMessage-ID: <{public_id}@{head.host}>\r\n{_date(now)}"
    return own.encode("ascii") + _shared_part(composed, head)
