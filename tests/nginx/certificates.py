"""Certificates as the files that nginx and clients read."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.x509 import ExtendedKeyUsage

from demo.authority import (
    CLIENT_AUTH,
    SERVER_AUTH,
    TWO_YEARS,
    Authority,
    Issued,
    make_authority,
    new_key,
    write_authority,
)

# Valid in every year a test sets its clock to.
LONG_AGO = datetime(2010, 1, 1, tzinfo=UTC)
LONG = timedelta(days=365 * 40)
STARTS = datetime(2024, 3, 1, tzinfo=UTC)
ENDS = STARTS + TWO_YEARS
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its key, as files."""

    certificate: Path
    key: Path

    @property
    def pem(self) -> str:
        return self.certificate.read_text(encoding="ascii")


@dataclass(frozen=True, slots=True)
class Certificates:
    """Of the site, of people it knows, and of people it should refuse."""

    authority: Path
    server: Identity
    higashi: Identity
    nishi: Identity
    timed: Identity
    expired: Identity
    not_yet_valid: Identity
    foreign: Identity
    of_a_namesake: Identity
    of_a_server: Identity


def make_certificates(folder: Path, *server_names: str) -> Certificates:
    """`timed` is good from STARTS to ENDS; the others are what their names say today."""
    today = datetime.now(UTC)
    ours = make_authority(not_before=LONG_AGO, lifetime=LONG)
    foreign = make_authority("Another CA", not_before=LONG_AGO, lifetime=LONG)
    higashi = ours.issue_client("higashi", not_before=today - DAY)
    issued = {
        "server": ours.issue_server(server_names, not_before=LONG_AGO, lifetime=LONG),
        "higashi": higashi,
        "nishi": ours.issue_client("nishi", not_before=today - DAY),
        "timed": ours.issue_client("timed", not_before=STARTS),
        "expired": ours.issue_client("expired", not_before=today - TWO_YEARS - DAY),
        "not_yet_valid": ours.issue_client("early", not_before=today + DAY),
        "foreign": foreign.issue_client("foreign", not_before=today - DAY),
        "of_a_namesake": forge(ours, higashi),
        "of_a_server": ours.issue_client("server", not_before=today - DAY, usages=[SERVER_AUTH]),
    }
    written = {name: write_identity(folder, name, each) for name, each in issued.items()}
    return Certificates(authority=write_authority(folder, ours), **written)


def forge(authority: Authority, original: Issued) -> Issued:
    """The same names and the same number, signed by somebody who calls himself the authority."""
    key, copied = new_key(), original.certificate
    builder = authority.builder(
        copied.subject,
        key,
        not_before=copied.not_valid_before_utc,
        not_after=copied.not_valid_after_utc,
        serial=copied.serial_number,
    )
    namesake = make_authority(not_before=LONG_AGO, lifetime=LONG)
    return namesake.sign(builder.add_extension(ExtendedKeyUsage([CLIENT_AUTH]), critical=False), key)


def write_identity(folder: Path, name: str, issued: Issued) -> Identity:
    written = Identity(folder / f"{name}.crt", folder / f"{name}.key")
    written.certificate.write_bytes(issued.pem)
    written.key.write_bytes(issued.key_pem)
    return written
