"""One connection to the mail server, kept open from mail to mail."""

import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from base.mail_outcome import Answer, Result
from base.mail_replies import Replies, Reply
from base.mail_text import on_one_line

# A server that wants us to log in or to encrypt speaks of us, not of the recipient.
ABOUT_US = {530, 534, 535, 538}
GO_AHEAD = 354
CLOSING = 421
LONGEST_WORDS = 500
QUIT_TIMEOUT = 5.0
UNUSABLE = (OSError, smtplib.SMTPException)


@dataclass(frozen=True, slots=True)
class MailServer:
    """`security` is `starttls`, `tls` or `none`; times are seconds. The last answer may take long: it is worth waiting for."""

    host: str
    port: int
    security: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    own_name: str = "localhost"
    command_timeout: float = 60.0
    final_timeout: float = 300.0


class ServerAway(Exception):
    """No usable connection can be had: nothing was offered, nothing is lost."""


def _words(text: str) -> str:
    return on_one_line(text)[:LONGEST_WORDS]


def _fault_words(fault: Exception) -> str:
    if isinstance(fault, smtplib.SMTPResponseException):
        said = fault.smtp_error
        return _reply_words((fault.smtp_code, said if isinstance(said, bytes) else said.encode()))
    return _words(f"{type(fault).__name__}: {fault}")


def _reply_words(reply: Reply) -> str:
    return _words(f"{reply[0]} {reply[1].decode('utf-8', 'replace')}")


def _meaning(reply: Reply) -> Answer:
    code = reply[0]
    if 200 <= code < 300:
        return Answer(Result.ACCEPTED)
    if 500 <= code < 600 and code not in ABOUT_US:
        return Answer(Result.REJECTED, _reply_words(reply))
    return Answer(Result.DEFERRED, _reply_words(reply))


def _dialled(server: MailServer) -> smtplib.SMTP:
    if server.security == "tls":
        context = ssl.create_default_context(cafile=server.ca_file)
        return smtplib.SMTP_SSL(
            server.host, server.port, server.own_name, timeout=server.command_timeout, context=context
        )
    return smtplib.SMTP(server.host, server.port, server.own_name, server.command_timeout)


def _introduce(smtp: smtplib.SMTP, server: MailServer) -> None:
    """Encrypted and logged in as the settings say, or an exception: there is no plain fallback (F7)."""
    smtp.ehlo_or_helo_if_needed()
    if server.security == "starttls":
        smtp.starttls(context=ssl.create_default_context(cafile=server.ca_file))
        smtp.ehlo_or_helo_if_needed()
    if server.user:
        smtp.login(server.user, server.password)


class Line:
    """Carries mails one after the other; opened anew where the server has closed it in between."""

    def __init__(self, server: MailServer, sender: str) -> None:
        self._server = server
        self._sender = sender
        self._smtp: smtplib.SMTP | None = None
        self._is_pipelining = False
        self._is_offered = False
        self._carried = 0

    def open(self) -> None:
        """`ServerAway` where there is no connection that is encrypted and logged in as it must be."""
        self._drop()
        try:
            self._smtp = _dialled(self._server)
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _introduce(self._smtp, self._server)
            self._replies = Replies(self._sock)
            self._is_pipelining = self._smtp.has_extn("pipelining")
        except UNUSABLE as fault:
            self._drop()
            raise ServerAway(_fault_words(fault)) from fault

    def close(self) -> None:
        """Take leave; a server that doesn't answer QUIT has the mails all the same (F6)."""
        if self._smtp is None:
            return
        with suppress(*UNUSABLE):
            self._say(b"QUIT\r\n", QUIT_TIMEOUT)
            self._replies.next()
        self._drop()

    def send(self, recipient: str, message: bytes, following: str | None = None) -> Answer:
        """Hand one mail over. A line the server closed after earlier mails is opened anew, once.

        The mail to `following` is offered in the same packet as this one's text, where the server allows (RFC 2920): whoever
        names it sends it next.
        """
        has_carried = self._carried > 0
        answer = self._try(recipient, message, following)
        if answer.result is Result.DEFERRED and self._smtp is None and has_carried:
            answer = self._try(recipient, message, following)
        return answer

    @property
    def _sock(self) -> socket.socket:
        assert self._smtp is not None
        if self._smtp.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        return self._smtp.sock

    def _say(self, words: bytes, patience: float) -> None:
        """`patience`: seconds, for the replies too."""
        self._sock.settimeout(patience)
        self._sock.sendall(words)

    def _drop(self) -> None:
        self._carried = 0
        self._is_offered = False
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def _try(self, recipient: str, message: bytes, following: str | None) -> Answer:
        try:
            if self._smtp is None:
                self.open()
            offer = self._offer(recipient)
        except ServerAway as away:
            return Answer(Result.UNREACHED, str(away))
        except UNUSABLE as fault:
            self._drop()
            return Answer(Result.DEFERRED, _fault_words(fault))
        if offer.result is not Result.ACCEPTED:
            return offer
        return self._hand_over(message, following)

    def _envelope(self, recipient: str) -> list[bytes]:
        said = (f"MAIL FROM:<{self._sender}>", f"RCPT TO:<{recipient}>", "DATA")
        return [f"{command}\r\n".encode("ascii") for command in said]

    def _offer(self, recipient: str) -> Answer:
        """MAIL, RCPT and DATA: in one packet where the server allows (RFC 2920)."""
        commands = self._envelope(recipient)
        replies = self._pipelined(commands) if self._is_pipelining else self._one_by_one(commands)
        refused = [reply for reply in replies[:2] if _meaning(reply).result is not Result.ACCEPTED]
        refused += [reply for reply in replies[2:] if reply[0] != GO_AHEAD]
        if not refused:
            return Answer(Result.ACCEPTED)
        self._withdraw(replies)
        answer = _meaning(refused[0])
        return answer if answer.result is not Result.ACCEPTED else Answer(Result.DEFERRED, _reply_words(refused[0]))

    def _pipelined(self, commands: list[bytes]) -> list[Reply]:
        is_offered, self._is_offered = self._is_offered, False
        if is_offered:
            self._sock.settimeout(self._server.command_timeout)
        else:
            self._say(b"".join(commands), self._server.command_timeout)
        replies: list[Reply] = []
        while len(replies) < len(commands) and not (replies and replies[-1][0] == CLOSING):
            replies.append(self._replies.next())
        return replies

    def _one_by_one(self, commands: list[bytes]) -> list[Reply]:
        replies: list[Reply] = []
        for command in commands:
            self._say(command, self._server.command_timeout)
            replies.append(self._replies.next())
            if not 200 <= replies[-1][0] < 400:
                break
        return replies

    def _withdraw(self, replies: list[Reply]) -> None:
        """After a refusal: make the line fit for the next mail, or drop it."""
        if any(code == CLOSING or code < 200 for code, _ in replies):
            self._drop()
            return
        try:
            if replies[2:] and replies[2][0] == GO_AHEAD:
                self._say(b".\r\n", self._server.command_timeout)
                self._replies.next()
            self._say(b"RSET\r\n", self._server.command_timeout)
            self._replies.next()
        except UNUSABLE:
            self._drop()

    def _hand_over(self, message: bytes, following: str | None) -> Answer:
        """From here on only the server's answer tells whether it has the mail (F6)."""
        is_offering = following is not None and self._is_pipelining
        offer = self._envelope(following) if following is not None and is_offering else []
        try:
            self._say(b"".join((message, b".\r\n", *offer)), self._server.final_timeout)
            reply = self._replies.next()
        except UNUSABLE as fault:
            self._drop()
            return Answer(Result.LOST, _fault_words(fault))
        self._carried += 1
        self._is_offered = is_offering
        if not 200 <= reply[0] < 600 or reply[0] == CLOSING:
            self._drop()
        return _meaning(reply) if 200 <= reply[0] < 600 else Answer(Result.LOST, _reply_words(reply))
