import email
import re
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base.mail_text import NOISE, Composed, Letterhead, build_message, letterhead, on_one_line
from base.refusals import Refused

NOW = datetime(2026, 11, 22, 13, 30, tzinfo=UTC)
HEAD = Letterhead("みなみ都市ガスネットワーク", "info@minami.example", "portal.minami.example")
ADDRESS = "tanto@higashi.example"


def written(subject: str = "掲載情報更新のお知らせ", body: str = "本文\n", list_id: str | None = None) -> bytes:
    composed = Composed(subject, body, list_id)
    return build_message(public_id="0123456789ab", address=ADDRESS, composed=composed, head=HEAD, now=NOW)


def read(message: bytes) -> EmailMessage:
    return email.message_from_bytes(message, policy=policy.default)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("To", ADDRESS),
        ("From", "みなみ都市ガスネットワーク <info@minami.example>"),
        ("Subject", "掲載情報更新のお知らせ"),
        ("Message-ID", "<0123456789ab@portal.minami.example>"),
        ("Date", "Sun, 22 Nov 2026 13:30:00 +0000"),
        ("Auto-Submitted", "auto-generated"),
        ("List-Id", "<johs.notices.portal.minami.example>"),
        ("MIME-Version", "1.0"),
        ("Content-Type", 'text/plain; charset="utf-8"'),
        ("Reply-To", None),
        ("Cc", None),
    ],
)
def test_a_mail_has_the_headers_it_needs_and_no_other(header: str, value: str | None) -> None:
    """R7-16."""
    assert read(written(list_id="johs.notices")).get(header) == value


def test_a_mail_that_belongs_to_no_list_names_none() -> None:
    """R7-16."""
    assert "List-Id" not in read(written())


def test_the_body_arrives_as_it_was_written() -> None:
    """R7-16."""
    body = "髙橋様　① ㈱ひがしガス\n\nhttps://portal.minami.example/articles/0123456789ab\n"
    assert read(written(body=body)).get_content() == body.replace("\n", "\r\n")


def test_a_retry_is_recognised_by_its_message_id_though_its_text_is_new() -> None:
    """F2, R7-14."""
    first, second = read(written(body="11/29まで有効")), read(written(body="11/30まで有効"))
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.parametrize(
    ("subject", "arrives"),
    [
        ("件名\r\nBcc: evil@evil.example", "件名  Bcc: evil@evil.example"),
        ("件名\nX: y", "件名 X: y"),
        ("件名\u2028次\u2029\x85\x0b\x0c\x00末", "件名 次     末"),
        ("=?utf-8?B?44GC?=", "=?utf-8?B?44GC?="),
        ("=?utf-8?q?=0D=0ABcc:_evil@evil.example?=", "=?utf-8?q?=0D=0ABcc:_evil@evil.example?="),
        ("半分\ud800の字", "半分 の字"),
        ("長" * 2000, "長" * 2000),
        ("x" * 3000, "x" * 3000),
    ],
)
def test_a_subject_never_becomes_a_header(subject: str, arrives: str) -> None:
    """F1."""
    message = read(written(subject))
    assert message["Subject"] == arrives
    assert set(message.keys()) == set(read(written()).keys())


@given(st.text(), st.text())
def test_whatever_is_in_subject_and_body_there_is_one_recipient_and_every_line_is_fit_for_smtp(
    subject: str, body: str
) -> None:
    """F1, R7-16."""
    message = written(subject, body)
    assert message.isascii()
    assert not re.search(rb"[^\r]\n|\r[^\n]", message)
    lines = message.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert not any(line.startswith(b".") for line in lines)
    parsed = read(message)
    assert parsed.keys() == read(written()).keys()
    assert parsed["To"] == ADDRESS
    assert parsed["Subject"].strip() == on_one_line(subject)
    assert parsed.get_content().splitlines() == (NOISE.sub(" ", body).splitlines() or [""])


@pytest.mark.parametrize(
    "address", ["a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", '"a b"@c.example', ""]
)
def test_an_address_that_could_be_two_is_never_written_to(address: str) -> None:
    """F1."""
    with pytest.raises(Refused):
        build_message(public_id="x", address=address, composed=Composed("s", "b"), head=HEAD, now=NOW)


@pytest.mark.parametrize("list_id", ["johs notices", "johs>\r\nX: y", "-johs", "日本", "j" * 70])
def test_a_list_is_named_in_plain_letters(list_id: str) -> None:
    """F1."""
    with pytest.raises(ValueError, match="no name for a list"):
        written(list_id=list_id)


@pytest.mark.parametrize(
    ("mail_from", "name", "address"),
    [
        ("みなみ都市ガスネットワーク <info@minami.example>", "みなみ都市ガスネットワーク", "info@minami.example"),
        ("info@minami.example", "", "info@minami.example"),
        ('"Gas, Minami" <info@minami.example>', "Gas, Minami", "info@minami.example"),
    ],
)
def test_the_sender_is_read_from_the_setting(mail_from: str, name: str, address: str) -> None:
    """R7-16."""
    head = letterhead(mail_from, "portal.minami.example:8443")
    assert head == Letterhead(name, address, "portal.minami.example")
    message = read(build_message(public_id="x", address=ADDRESS, composed=Composed("s", "b"), head=head, now=NOW))
    assert [(each.display_name, each.addr_spec) for each in message["From"].addresses] == [(name, address)]


@pytest.mark.parametrize("mail_from", ["", "みなみ都市ガス", "a@b.example, c@d.example\n"])
def test_a_sender_without_an_address_is_refused(mail_from: str) -> None:
    """R7-16."""
    with pytest.raises(Refused):
        letterhead(mail_from, "portal.minami.example")
