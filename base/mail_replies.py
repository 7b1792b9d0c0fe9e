"""The mail server's replies, read one by one however many arrive at once (RFC 5321, 4.2)."""

import smtplib
import socket

LONGEST = 65_536
NO_CODE = -1

Reply = tuple[int, bytes]


class Replies:
    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._unread = b""

    def next(self) -> Reply:
        """`SMTPServerDisconnected` where the line ends before; NO_CODE where it isn't the protocol."""
        words: list[bytes] = []
        read = 0
        while read < LONGEST:
            line = self._line()
            read += len(line)
            words.append(line[4:].strip())
            if not line[:3].isdigit():
                return NO_CODE, b"\n".join(words)
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(words)
        raise smtplib.SMTPServerDisconnected("the server's reply has no end")

    def _line(self) -> bytes:
        line, end, rest = self._unread.partition(b"\n")
        while not end:
            if len(self._unread) > LONGEST:
                raise smtplib.SMTPServerDisconnected("the server's reply has no end")
            arrived = self._sock.recv(LONGEST)
            if not arrived:
                raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
            self._unread += arrived
            line, end, rest = self._unread.partition(b"\n")
        self._unread = rest
        return line
