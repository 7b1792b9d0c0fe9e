"""Builders of good and hostile files; everything is made at run time and stays small on disk."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterable

import openpyxl
from PIL import Image
from reportlab.pdfgen import canvas

CONTENT_TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
MAIN_PARTS = {"xlsx": "xl/workbook.xml", "docx": "word/document.xml"}
COMPOUND_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><l>&j;</l>"
)
EXTERNAL_ENTITY = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><l>&x;</l>'
QUADRATIC = f'<!DOCTYPE l [<!ENTITY a "{"a" * 50_000}">]><l>{"&a;" * 50_000}</l>'


def pdf(pages: int = 1, *, text: str = "page") -> bytes:
    buffer = io.BytesIO()
    paper = canvas.Canvas(buffer)
    for number in range(pages):
        paper.drawString(72, 720, f"{text} {number + 1}")
        paper.showPage()
    paper.save()
    return buffer.getvalue()


def pdf_of(objects: Iterable[bytes]) -> bytes:
    """A small PDF with these objects; the first is its catalog."""
    body = b"%PDF-1.7\n"
    for number, item in enumerate(objects, start=1):
        body += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    return body + b"trailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF\n"


def packed_stream(content: bytes, extra: bytes = b"") -> bytes:
    packed = zlib.compress(content)
    return b"<< /Filter /FlateDecode %s /Length %d >>\nstream\n%s\nendstream" % (extra, len(packed), packed)


def packed_across(name: bytes, at: int) -> bytes:
    """A compressed stream whose first `at` packed bytes unpack to a text that ends in the middle of this name."""
    noise = random.Random(1).randbytes(at * 2).hex().encode()
    middle = len(zlib.decompressobj().decompress(zlib.compress(noise)[:at]))
    for start in range(middle - 200, middle + 200):
        text = noise[:start] + name + noise[start:]
        if start < len(zlib.decompressobj().decompress(zlib.compress(text)[:at])) < start + len(name) - 2:
            return packed_stream(text)
    raise AssertionError("no such text found")


def image(image_format: str, size: tuple[int, int] = (4, 3)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "white").save(buffer, image_format)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG of any size that says so and holds next to nothing."""
    pixels = zlib.compress(b"\0" * 1000)
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", pixels), (b"IEND", b""))
    chunks = (struct.pack(">I", len(row)) + tag + row + struct.pack(">I", zlib.crc32(tag + row)) for tag, row in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def gif_header(width: int, height: int) -> bytes:
    whole = image("GIF")
    return whole[:6] + struct.pack("<HH", width, height) + whole[10:]


def zipped(entries: dict[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def zipped_entry(entry: zipfile.ZipInfo, content: bytes = b"a") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(entry, content)
    return buffer.getvalue()


def workbook() -> bytes:
    buffer = io.BytesIO()
    book = openpyxl.Workbook()
    book["Sheet"].append(["緊急連絡票", "=1+1"])
    book.save(buffer)
    return buffer.getvalue()


def package(suffix: str, **parts: bytes | str) -> bytes:
    """A minimal docx or xlsx; `parts` are added or replace what is there, `__` standing for `/` and `_dot_` for `.`."""
    named = {name.replace("__", "/").replace("_dot_", "."): content for name, content in parts.items()}
    return zipped({"[Content_Types].xml": CONTENT_TYPES, MAIN_PARTS[suffix]: "<main/>", **named})


def compound(*names: str) -> bytes:
    """The beginning of an OLE compound file and a directory with these names."""
    entries = b"".join((name + "\0").encode("utf-16-le").ljust(128, b"\0") for name in names)
    return COMPOUND_START.ljust(512, b"\0") + entries.ljust(512, b"\0")


def directory_entry(name: bytes, *, offset: int, packed: int, unpacked: int, crc: int = 0) -> bytes:
    """One entry of a ZIP's central directory, saying whatever it is told to say."""
    method = zipfile.ZIP_STORED if packed == unpacked else zipfile.ZIP_DEFLATED
    fixed = struct.pack(
        "<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, method, 0, 33, crc, packed, unpacked, len(name), 0, 0, 0, 0, 0, offset
    )
    return fixed + name


def archive_saying(body: bytes, entries: list[bytes], *, count: int | None = None, comment: bytes = b"") -> bytes:
    """A ZIP whose directory holds these entries and whose end says there are `count` of them."""
    directory = b"".join(entries)
    said = len(entries) if count is None else count
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, said, said, len(directory), len(body), len(comment))
    return body + directory + end + comment


def overlapping_bomb(entries: int = 250, kernel_bytes: int = 21_000_000) -> bytes:
    """About 42 kB that unpack to 5 GB: every entry of the directory points at the same packed bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    kernel = packer.compress(b"\0" * kernel_bytes) + packer.flush()
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 33, 0, len(kernel), kernel_bytes, 5, 0) + b"a.csv"
    rows = [
        directory_entry(b"%d.csv" % number, offset=0, packed=len(kernel), unpacked=kernel_bytes)
        for number in range(entries)
    ]
    return archive_saying(local + kernel, rows)


def quoting_entries() -> bytes:
    """Two entries, the second of which lies within the bytes of the first."""
    inner = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 33, zlib.crc32(b"b"), 1, 1, 5, 0) + b"b.csvb"
    size = len(inner)
    outer = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 33, zlib.crc32(inner), size, size, 5, 0) + b"a.csv"
    rows = [
        directory_entry(b"a.csv", offset=0, packed=size, unpacked=size, crc=zlib.crc32(inner)),
        directory_entry(b"b.csv", offset=len(outer), packed=1, unpacked=1, crc=zlib.crc32(b"b")),
    ]
    return archive_saying(outer + inner, rows)


def million_entries() -> bytes:
    """A million empty files; 16 bits can't say so, so the directory says 65 535 as old tools do."""
    row = directory_entry(b"a", offset=0, packed=0, unpacked=0)
    return archive_saying(b"PK\x03\x04" + b"\0" * 27, [row] * 1_000_000, count=0xFFFF)


def million_entries_said_to_be_one() -> bytes:
    """The same, lying about their number."""
    row = directory_entry(b"a", offset=0, packed=0, unpacked=0)
    return archive_saying(b"PK\x03\x04" + b"\0" * 27, [row] * 1_000_000, count=1)


def deflated_bomb() -> bytes:
    """One entry that unpacks to 150 MB, as Excel's own parts would."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/workbook.xml", "w") as part:
        for _ in range(150):
            part.write(b" " * 1_000_000)
    return buffer.getvalue()


def laughing_workbook() -> bytes:
    return package("xlsx", xl__workbook_dot_xml=BILLION_LAUGHS)


def quadratic_document() -> bytes:
    return package("docx", word__document_dot_xml=QUADRATIC)


def climbing_archive() -> bytes:
    return zipped({"a.csv": "a", "../../etc/cron.d/a.csv": "a"})


def linking_archive() -> bytes:
    entry = zipfile.ZipInfo("link.csv")
    entry.external_attr = 0o120777 << 16
    return zipped_entry(entry, b"/etc/passwd")


def huge_picture() -> bytes:
    return png_header(50_000, 50_000)


def unpacking_picture() -> bytes:
    """A comment of 100 kB that unpacks to 100 MB, before the pixels."""
    whole, text = png_header(50, 50), b"k\0\0" + zlib.compress(b"\0" * 100_000_000, 9)
    chunk = struct.pack(">I", len(text)) + b"zTXt" + text + struct.pack(">I", zlib.crc32(b"zTXt" + text))
    return whole[:33] + chunk + whole[33:]


def picture_of_many_pieces() -> bytes:
    """Three million comments, each of nothing."""
    return b"\xff\xd8" + b"\xff\xfe\x00\x02" * 3_000_000 + image("JPEG")[2:]


CATALOG = b"<< /Type /Catalog /Pages 2 0 R %s >>"
PAGES = b"<< /Type /Pages /Count 3 /Kids [] >>"


def acting_pdf() -> bytes:
    return pdf_of([CATALOG % b"/OpenAction << /S /#4a#61vaScript /JS (1) >>", PAGES])


def pdf_and_archive() -> bytes:
    return pdf() + zipped({"a.csv": "a"})


def pdf_of_names() -> bytes:
    return pdf_of([CATALOG % b"", PAGES, b"<<" + b"/" * 20_000_000 + b">>"])


def pdf_of_packed_names() -> bytes:
    """A few hundred kilobytes in which 240 million names begin."""
    return pdf_of([CATALOG % b"", PAGES, *[packed_stream(b"/" * 30_000_000)] * 8])


def pdf_of_many_revisions() -> bytes:
    """A hundred thousand tables, each of which names the one before."""
    tables = b"".join(
        b"xref\n0 1\n0000000009 00000 n \ntrailer\n<< /Size 3 /Prev %d >>\n" % (60 * n) for n in range(100_000)
    )
    return pdf_of([CATALOG % b"", PAGES])[: -len(b"startxref\n0\n%%EOF\n")] + tables + b"startxref\n200\n%%EOF\n"


def pdf_of_many_tables() -> bytes:
    """One table of a million objects that aren't there."""
    table = b"xref\n0 1000000\n" + b"0000000009 00000 n \n" * 1_000_000
    return pdf_of([CATALOG % b"", PAGES]).replace(b"trailer", table + b"trailer")
