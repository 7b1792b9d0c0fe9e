"""The mails that the demo's mail server took, as its files hold them."""

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from markupsafe import Markup, escape

NAME = re.compile(r"\d{20}-\d{6}")
ADDRESS = re.compile(r"https://[^\s<>「」、。]+")
SUFFIX = ".eml"


@dataclass(frozen=True, slots=True)
class Letter:
    """`name` is the file's, without its suffix."""

    name: str
    subject: str
    sender: str
    recipient: str
    at: datetime
    text: str

    @property
    def linked_text(self) -> Markup:
        """Escaped, with every address a link."""
        linked, end = Markup(), 0
        for found in ADDRESS.finditer(self.text):
            address = escape(found[0])
            linked += escape(self.text[end : found.start()]) + Markup('<a href="{0}">{0}</a>').format(address)
            end = found.end()
        return linked + escape(self.text[end:])


def letters(folder: Path) -> list[Letter]:
    """Newest first."""
    names = sorted((file.stem for file in folder.glob(f"*{SUFFIX}")), reverse=True)
    return [letter for name in names if (letter := find_letter(folder, name))]


def find_letter(folder: Path, name: str) -> Letter | None:
    """None for every name that the mail server never gave."""
    file = folder / (name + SUFFIX)
    if not NAME.fullmatch(name) or not file.is_file():
        return None
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return Letter(
        name=name,
        subject=str(message["Subject"]),
        sender=str(message["From"]),
        recipient=str(message["To"]),
        at=datetime.strptime(str(message["Date"]), "%a, %d %b %Y %H:%M:%S %z"),
        text=message.get_content(),
    )
