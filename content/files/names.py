"""Names of files as people see them and as headers carry them; files are never stored under them (E2)."""

import re
import unicodedata
from urllib.parse import quote

NAMELESS = "ファイル"
LONGEST_BYTES = 240
# Of what is longer the end alone is read: marks without end would take minutes to be brought into one form.
LONGEST_READ = 1000
LONGEST_EXTENSION = 16

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"(?:CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³])", re.IGNORECASE)
_RFC5987_LETTERS = "!#$&+^`|"


def clean_name(raw: str) -> str:
    """A name that is safe to show and to save anywhere: no path, nothing invisible, at most 240 bytes, never empty (E2)."""
    visible = "".join(letter for letter in raw[-LONGEST_READ:] if unicodedata.category(letter) not in _INVISIBLE)
    parts = re.split(r"[/\\]+", unicodedata.normalize("NFC", visible))
    last = next((part for part in reversed(parts) if part.strip(". ")), "")
    plain = re.sub(r"(\s)\s+", r"\1", _FORBIDDEN.sub("_", last))
    return _shortened(_unreserved(_trimmed(plain) or NAMELESS))


def extension(name: str) -> str:
    """What follows the last dot, in lower case; empty where nothing or something too long does."""
    stem, dot, suffix = name.rpartition(".")
    return suffix.lower() if stem and dot and 0 < len(suffix) <= LONGEST_EXTENSION else ""


def content_disposition(name: str) -> str:
    """The header that makes a browser save the file under its name: RFC 6266, with a fallback in ASCII (E2)."""
    cleaned = clean_name(name)
    encoded = quote(cleaned, safe=_RFC5987_LETTERS)
    return f"attachment; filename=\"{_ascii(cleaned)}\"; filename*=UTF-8''{encoded}"


def _trimmed(name: str) -> str:
    """Windows drops dots and spaces at the end; a dot at the beginning hides a file elsewhere."""
    return re.sub(r"^[\s.]+|[\s.]+$", "", name)


def _unreserved(name: str) -> str:
    """Windows opens a device instead of a file for these names, whatever the extension."""
    device = name.partition(".")[0].rstrip()
    return f"_{name}" if _RESERVED.fullmatch(device) else name


def _shortened(name: str) -> str:
    suffix = name.rpartition(".")[2] if extension(name) else ""
    tail = f".{suffix}" if suffix else ""
    stem = name.removesuffix(tail).encode()[: LONGEST_BYTES - len(tail.encode())].decode(errors="ignore")
    return f"{_trimmed(stem)}{tail}"


def _ascii(name: str) -> str:
    suffix = extension(name)
    stem = name[: -len(suffix) - 1] if suffix else name
    safe = re.sub(r"[^0-9A-Za-z ._()+-]", "_", stem)
    tail = re.sub(r"[^0-9A-Za-z]", "_", suffix)
    return (safe if re.search(r"[0-9A-Za-z]", safe) else "file") + (f".{tail}" if tail else "")
