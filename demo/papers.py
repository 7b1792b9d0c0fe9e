"""Real PDF and Excel files from the lines of a demo text."""

from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from itertools import groupby

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, Spacer, Table

from base.pdf_out import BLUE, FONT, MARGIN, PALE, paper, style, table

OPERATOR = "みなみ都市ガスネットワーク"
WIDEST_COLUMN = 60

TITLE = style(18, 26, spaceAfter=8 * mm, textColor=HexColor(BLUE))
HEADING = style(13, 20, spaceBefore=5 * mm, spaceAfter=2 * mm)
TEXT = style(10.5, 18, spaceAfter=2 * mm)
ITEM = style(10.5, 18, leftIndent=6 * mm, bulletIndent=2 * mm, bulletFontName=FONT)
CELL = 9.5


def make_file(name: str, lines: Iterable[str]) -> BytesIO:
    makers: dict[str, Callable[[str, Iterable[str]], BytesIO]] = {"pdf": make_pdf, "xlsx": make_workbook}
    return makers[name.rpartition(".")[2]](name, lines)


def make_pdf(name: str, lines: Iterable[str]) -> BytesIO:
    """`# ` is the title, `## ` a heading, `- ` an item, `| a | b |` a row of a table whose first row is its head."""
    return paper(name.rpartition(".")[0], OPERATOR, _pieces(lines))


def _pieces(lines: Iterable[str]) -> Iterator[Flowable]:
    for is_table, group in groupby((line for line in lines if line), key=lambda line: line.startswith("|")):
        if is_table:
            yield _table(list(group))
            yield Spacer(1, 3 * mm)
        else:
            yield from map(_paragraph, group)


def _paragraph(line: str) -> Paragraph:
    for beginning, look in (("## ", HEADING), ("# ", TITLE)):
        if line.startswith(beginning):
            return Paragraph(line.removeprefix(beginning), look)
    if line.startswith("- "):
        return Paragraph(line.removeprefix("- "), ITEM, bulletText="・")
    return Paragraph(line, TEXT)


def _table(lines: list[str]) -> Table:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    width = (A4[0] - 2 * MARGIN) / len(rows[0])
    return table(rows, CELL, [width] * len(rows[0]))


def make_workbook(_name: str, lines: Iterable[str]) -> BytesIO:
    """`# ` begins a sheet; the first row of each is its head."""
    book = Workbook()
    book.remove(book["Sheet"])
    sheet = None
    for line in lines:
        if line.startswith("# "):
            sheet = book.create_sheet(line.removeprefix("# "))
        elif line and sheet is not None:
            sheet.append([_value(cell.strip()) for cell in line.split("|")])
    for each in book.worksheets:
        _dress(each)
    paper = BytesIO()
    book.save(paper)
    paper.seek(0)
    return paper


def _value(cell: str) -> str | int:
    """A long number is a name, and so is one that begins with 0."""
    return int(cell) if cell.isdigit() and len(cell) < 12 and not cell.startswith("0") else cell


def _dress(sheet: Worksheet) -> None:
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor=PALE.removeprefix("#"))
    for number, column in enumerate(sheet.columns, start=1):
        widest = max(sum(2 if ord(sign) > 255 else 1 for sign in str(cell.value or "")) for cell in column)
        sheet.column_dimensions[get_column_letter(number)].width = min(widest + 4, WIDEST_COLUMN)
        for cell in column:
            cell.alignment = Alignment(vertical="top", wrap_text=True)
    sheet.freeze_panes = "A2"
