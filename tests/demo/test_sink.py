import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.sink import sink
from tests.smtp_script import free_port


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    started = sink(tmp_path / "mail", free_port())
    started.start()
    yield started.port
    started.stop()


def send(port: int, body: str, *recipients: str) -> None:
    with smtplib.SMTP("127.0.0.1", port, "localhost") as smtp:
        smtp.sendmail("info@minami.example", recipients, f"Subject: s\r\n\r\n{body}\r\n")


def test_every_mail_is_one_file_in_the_order_of_arrival(port: int, tmp_path: Path) -> None:
    """R7-16."""
    for number in range(12):
        send(port, f"mail {number}", "tanto@higashi.example")
    files = sorted((tmp_path / "mail").iterdir())
    assert [file.suffix for file in files] == [".eml"] * 12
    assert [file.read_text().splitlines()[-1] for file in files] == [f"mail {number}" for number in range(12)]


def test_a_file_says_to_whom_and_from_whom_the_mail_went(port: int, tmp_path: Path) -> None:
    """F1."""
    send(port, "hello", "tanto@higashi.example", "fuku@higashi.example")
    (file,) = (tmp_path / "mail").iterdir()
    assert file.read_bytes().split(b"\r\n")[:3] == [
        b"Return-Path: <info@minami.example>",
        b"Delivered-To: tanto@higashi.example",
        b"Delivered-To: fuku@higashi.example",
    ]


def test_the_sink_runs_as_a_program(tmp_path: Path) -> None:
    """R7-16."""
    port = free_port()
    with subprocess.Popen([sys.executable, "-m", "demo.sink", str(tmp_path / "mail"), str(port)]) as program:
        while not _is_up(port):
            time.sleep(0.05)
        send(port, "hello", "tanto@higashi.example")
        program.terminate()
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1


def _is_up(port: int) -> bool:
    try:
        smtplib.SMTP("127.0.0.1", port, "localhost").close()
    except OSError:
        return False
    return True
