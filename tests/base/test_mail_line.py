import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult

from base.mail_line import Line, MailServer, ServerAway
from base.mail_outcome import Answer, Result
from demo.authority import make_authority, write_authority, write_server
from demo.sink import sink
from tests.smtp_script import RESET, SILENCE, Script, free_port, scripted

MESSAGE = b"To: tanto@higashi.example\r\nSubject: s\r\n\r\nbody\r\n"
SENDER = "info@minami.example"
RECIPIENT = "tanto@higashi.example"


@contextmanager
def line_to(script: Script, **facts: str | float | Path) -> Iterator[Line]:
    given = {"security": "none", "command_timeout": 2.0, "final_timeout": 0.5} | facts
    with scripted(script) as port:
        line = Line(MailServer("127.0.0.1", port, **given), SENDER)  # type: ignore[arg-type]
        yield line
        line.close()


BOTH = pytest.mark.parametrize("extensions", [("PIPELINING",), ()], ids=["pipelined", "one-by-one"])


@BOTH
def test_many_mails_go_over_one_line_each_with_its_recipient(extensions: tuple[str, ...]) -> None:
    """F1, R7-16."""
    script = Script(extensions)
    with line_to(script) as line:
        for number in range(5):
            assert line.send(f"p{number}@higashi.example", MESSAGE) == Answer(Result.ACCEPTED)
    assert [taken.recipients for taken in script.taken] == [(f"p{number}@higashi.example",) for number in range(5)]
    assert {taken.sender for taken in script.taken} == {SENDER}
    assert {taken.content for taken in script.taken} == {MESSAGE}
    assert (script.connections, script.heard[-1]) == (1, "QUIT")


@BOTH
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "BODY"])
@pytest.mark.parametrize(
    ("reply", "result"),
    [
        ("421 shutting down", Result.DEFERRED),
        ("451 greylisted", Result.DEFERRED),
        ("452 disk full", Result.DEFERRED),
        ("530 encrypt first", Result.DEFERRED),
        ("535 who are you", Result.DEFERRED),
        ("550 no such user", Result.REJECTED),
        ("552 mailbox full", Result.REJECTED),
        ("553 bad name", Result.REJECTED),
    ],
)
def test_an_answer_at_any_stage_means_the_same_and_the_next_mail_goes(
    extensions: tuple[str, ...], stage: str, reply: str, result: Result
) -> None:
    """F4, F5."""
    script = Script(extensions).at(stage, reply)
    with line_to(script) as line:
        assert line.send(RECIPIENT, MESSAGE) == Answer(result, reply)
        assert script.taken == []
        assert line.send("next@higashi.example", MESSAGE).result is Result.ACCEPTED
    assert [taken.recipients for taken in script.taken] == [("next@higashi.example",)]


@BOTH
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("fault", ["421 enough for one line", RESET])
def test_a_line_closed_after_earlier_mails_is_opened_anew_without_a_lost_try(
    extensions: tuple[str, ...], stage: str, fault: str
) -> None:
    """F4."""
    script = Script(extensions)
    with line_to(script) as line:
        line.send(RECIPIENT, MESSAGE)
        script.at(stage, fault)
        assert line.send("next@higashi.example", MESSAGE).result is Result.ACCEPTED
    assert (len(script.taken), script.connections) == (2, 2)


@BOTH
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "BODY"])
@pytest.mark.parametrize(
    ("reply", "result"),
    [("451 greylisted", Result.DEFERRED), ("550 no such user", Result.REJECTED), ("421 enough", Result.ACCEPTED)],
)
def test_what_is_offered_together_with_the_mail_before_is_answered_for_itself(
    extensions: tuple[str, ...], stage: str, reply: str, result: Result
) -> None:
    """F4, F5, RFC 2920: the next envelope goes with this mail's text, and an answer to it is none to this mail."""
    first, second, third = (f"p{number}@higashi.example" for number in range(3))
    script = Script(extensions).at(stage, {"DATA": "354 go ahead"}.get(stage, "250 fine"), reply)
    with line_to(script) as line:
        assert line.send(first, MESSAGE, second).result is Result.ACCEPTED
        assert line.send(second, MESSAGE, third).result is result
        assert line.send(third, MESSAGE).result is Result.ACCEPTED
    taken = [first, second, third] if result is Result.ACCEPTED else [first, third]
    assert [each.recipients for each in script.taken] == [(address,) for address in taken]


@pytest.mark.parametrize("fault", [RESET, "421 shutting down"])
def test_an_offer_behind_a_mail_at_which_the_line_breaks_is_made_anew(fault: str) -> None:
    """F6."""
    script = Script().at("BODY", fault)
    with line_to(script) as line:
        first = line.send(RECIPIENT, MESSAGE, "next@higashi.example")
        assert first.result is (Result.LOST if fault == RESET else Result.DEFERRED)
        assert line.send("next@higashi.example", MESSAGE).result is Result.ACCEPTED
    assert script.taken[-1].recipients == ("next@higashi.example",)


@pytest.mark.parametrize(
    ("stage", "fault", "taken"),
    [("LINE", RESET, 0), ("BODY", RESET, 1), ("BODY", SILENCE, 1), ("BODY", "999 what", 1), ("BODY", "nonsense", 1)],
)
def test_a_line_lost_while_the_mail_goes_over_leaves_it_open_whether_it_arrived(
    stage: str, fault: str, taken: int
) -> None:
    """F6."""
    script = Script().at(stage, fault)
    with line_to(script) as line:
        assert line.send(RECIPIENT, MESSAGE).result is Result.LOST
        assert len(script.taken) == taken
        assert line.send(RECIPIENT, MESSAGE).result is Result.ACCEPTED


@BOTH
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("fault", [RESET, SILENCE, "nonsense"])
def test_a_line_lost_before_the_mail_went_over_is_a_plain_retry(
    extensions: tuple[str, ...], stage: str, fault: str
) -> None:
    """F6."""
    script = Script(extensions).at(stage, fault)
    with line_to(script, command_timeout=0.5) as line:
        assert line.send(RECIPIENT, MESSAGE).result is Result.DEFERRED
        assert script.taken == []


def test_a_server_that_goes_away_between_mails_is_told_from_one_that_puts_off() -> None:
    """F6."""
    script = Script()
    with line_to(script) as line:
        line.send(RECIPIENT, MESSAGE)
        script.at("MAIL", RESET).at("GREETING", "421 closed")
        assert line.send(RECIPIENT, MESSAGE) == Answer(Result.UNREACHED, "421 closed")


@pytest.mark.parametrize("answer", [SILENCE, RESET, "500 never"])
def test_a_server_that_does_not_answer_quit_has_the_mail_all_the_same(
    answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F6."""
    monkeypatch.setattr("base.mail_line.QUIT_TIMEOUT", 0.2)
    script = Script().at("QUIT", answer)
    with line_to(script) as line:
        assert line.send(RECIPIENT, MESSAGE).result is Result.ACCEPTED
    assert len(script.taken) == 1


@pytest.mark.parametrize(
    "script",
    [
        Script(extensions=("PIPELINING",)),
        Script(extensions=("STARTTLS",)).at("STARTTLS", "454 not now"),
        Script(extensions=("STARTTLS",)).at("STARTTLS", "501 never"),
        Script(extensions=("STARTTLS",)).at("STARTTLS", RESET),
        Script().at("GREETING", "421 too busy"),
        Script().at("GREETING", "554 not you"),
        Script().at("GREETING", RESET),
        Script().at("EHLO", "550 no", "550 no"),
    ],
)
def test_without_encryption_nothing_is_offered(script: Script) -> None:
    """F7."""
    with line_to(script, security="starttls") as line:
        with pytest.raises(ServerAway):
            line.open()
        assert line.send(RECIPIENT, MESSAGE).result is Result.UNREACHED
    assert "MAIL" not in script.heard


def test_a_server_nobody_answers_for_is_away() -> None:
    """F7."""
    with pytest.raises(ServerAway, match="refused"):
        Line(MailServer("127.0.0.1", free_port(), "none"), SENDER).open()


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_missing_file_of_authorities_is_no_reason_to_trust_everybody(security: str, tmp_path: Path) -> None:
    """F7."""
    script = Script(("STARTTLS",))
    nowhere = tmp_path / "none.crt"
    with line_to(script, security=security, ca_file=nowhere) as line, pytest.raises(ServerAway, match="FileNotFound"):
        line.open()
    assert "MAIL" not in script.heard


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`ca.crt`, `server.crt` and `server.key` for the local host."""
    folder = tmp_path_factory.mktemp("keys")
    today = datetime.now(UTC) - timedelta(days=1)
    authority = make_authority(not_before=today)
    write_authority(folder, authority)
    write_server(folder, authority.issue_server(("localhost",), not_before=today))
    return folder


def server_context(keys: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys / "server.crt", keys / "server.key")
    return context


@pytest.mark.parametrize(
    ("host", "ca_file", "accepted"),
    [("localhost", "ca.crt", 1), ("127.0.0.1", "ca.crt", 0), ("localhost", None, 0)],
)
def test_the_server_shows_a_certificate_for_its_name_or_gets_nothing(
    host: str, ca_file: str | None, accepted: int, keys: Path, tmp_path: Path
) -> None:
    """F7."""
    port = free_port()
    started = sink(tmp_path, port, tls=server_context(keys))
    started.start()
    line = Line(MailServer(host, port, ca_file=keys / ca_file if ca_file else None), SENDER)
    answer = line.send(RECIPIENT, MESSAGE)
    line.close()
    started.stop()
    assert answer.result is (Result.ACCEPTED if accepted else Result.UNREACHED)
    assert len(list(tmp_path.glob("*.eml"))) == accepted


def test_what_a_stranger_slips_in_before_encryption_is_not_heard(keys: Path) -> None:
    """F7: an answer sent in plain text behind the one to STARTTLS must not count as the server's."""
    script = Script(("STARTTLS",), tls=server_context(keys))
    script.at("STARTTLS", "220 go\r\n250-slipped\r\n250 PIPELINING")
    with scripted(script) as port:
        line = Line(MailServer("localhost", port, ca_file=keys / "ca.crt", command_timeout=2.0), SENDER)
        answer = line.send(RECIPIENT, MESSAGE)
        line.close()
    assert answer.result is Result.ACCEPTED
    assert [taken.content for taken in script.taken] == [MESSAGE]


@pytest.mark.parametrize(("password", "accepted"), [("open sesame", 1), ("guess", 0)])
def test_a_wrong_password_sends_nothing(password: str, accepted: int, keys: Path, tmp_path: Path) -> None:
    """F7."""
    port = free_port()
    started = sink(tmp_path, port, tls=server_context(keys))
    started.SMTP_kwargs |= {
        "auth_required": True,
        "authenticator": lambda *call: AuthResult(success=call[-1].password == b"open sesame", handled=False),
    }
    started.start()
    server = MailServer("localhost", port, user="portal", password=password, ca_file=keys / "ca.crt")
    line = Line(server, SENDER)
    answer = line.send(RECIPIENT, MESSAGE)
    line.close()
    started.stop()
    assert answer.result is (Result.ACCEPTED if accepted else Result.UNREACHED)
    assert "sesame" not in answer.words
    assert len(list(tmp_path.glob("*.eml"))) == accepted
