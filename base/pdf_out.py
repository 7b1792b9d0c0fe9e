"""Papers in Japanese as PDF, without a font file: every reader for Japanese brings this font along (R2-3)."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, LongTable, Paragraph, SimpleDocTemplate, Table, TableStyle

FONT = "HeiseiKakuGo-W5"
BLUE = "#0017C1"
PALE = "#E8F1FE"
GREY = "#949494"
MARGIN = 22 * mm
CELL_AIR = 5

pdfmetrics.registerFont(UnicodeCIDFont(FONT))


def style(size: float, leading: float, **more: Any) -> ParagraphStyle:
    return ParagraphStyle("text", fontName=FONT, fontSize=size, leading=leading, wordWrap="CJK", **more)


def words(text: str, look: ParagraphStyle) -> Paragraph:
    """What people typed is text, whatever signs it has; lines stay lines (E1)."""
    return Paragraph(escape(text).replace("\n", "<br/>"), look)


def table(rows: Iterable[Iterable[str]], size: float, widths: Sequence[float]) -> Table:
    """The first row is the head of every page. Cells are broken here: paragraphs of a thousand rows take seconds."""
    cells = [
        [broken(cell, width - 2 * CELL_AIR, size) for cell, width in zip(row, widths, strict=True)] for row in rows
    ]
    return LongTable(cells, colWidths=list(widths), style=_grid(size), hAlign="LEFT", repeatRows=1)


def broken(text: str, width: float, size: float) -> str:
    """Into lines that are no wider, at any letter, as Japanese is."""
    lines = []
    for line in text.split("\n"):
        begun, left = "", width
        for sign in line:
            left -= _width(sign, size)
            if left < 0 and begun:
                lines.append(begun)
                begun, left = "", width - _width(sign, size)
            begun += sign
        lines.append(begun)
    return "\n".join(lines)


@lru_cache(maxsize=10_000)
def _width(sign: str, size: float) -> float:
    return float(pdfmetrics.stringWidth(sign, FONT, size))


def _grid(size: float) -> TableStyle:
    everywhere = ((0, 0), (-1, -1))
    return TableStyle(
        [
            ("FONT", *everywhere, FONT, size, size * 1.4),
            ("GRID", *everywhere, 0.5, HexColor(GREY)),
            ("BACKGROUND", (0, 0), (-1, 0), HexColor(PALE)),
            ("VALIGN", *everywhere, "MIDDLE"),
            ("LEFTPADDING", *everywhere, CELL_AIR),
            ("RIGHTPADDING", *everywhere, CELL_AIR),
        ]
    )


def paper(
    title: str, author: str, pieces: Iterable[Flowable], size: tuple[float, float] = A4, margin: float = MARGIN
) -> BytesIO:
    """With the author and the page's number at the foot of each page."""

    def foot(canvas: Canvas, _document: SimpleDocTemplate) -> None:
        canvas.setFont(FONT, 8)
        canvas.drawString(margin, 12 * mm, author)
        canvas.drawRightString(size[0] - margin, 12 * mm, str(canvas.getPageNumber()))

    made, margins = BytesIO(), ("leftMargin", "rightMargin", "topMargin", "bottomMargin")
    facts: dict[str, Any] = {"pagesize": size, "title": title, "author": author, **dict.fromkeys(margins, margin)}
    document = SimpleDocTemplate(made, **facts)
    document.build(list(pieces), onFirstPage=foot, onLaterPages=foot)
    made.seek(0)
    return made
