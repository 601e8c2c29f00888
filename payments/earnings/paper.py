"""Pages of A4 for sellers: a head, facts, tables that run over pages, page numbers."""

import io
from collections.abc import Sequence
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from marketplace.markets.base import Market

MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
FRAME_PADDING = 6  # reportlab's own
INK, MUTED, LINE, BAND = HexColor("#1d2330"), HexColor("#5b6472"), HexColor("#d5dae2"), HexColor("#f2f4f7")
ACCENTS = {"co": HexColor("#3b3fb5"), "mz": HexColor("#1f6b45")}
# A table lays out slowly once it is long; so many rows are one table.
ROWS_AT_ONCE = 40

_BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=9, leading=12, textColor=INK)
_SMALL = ParagraphStyle("small", parent=_BODY, fontSize=8, leading=10, textColor=MUTED)
_HEAD = ParagraphStyle("head", parent=_BODY, fontName="Helvetica-Bold", fontSize=18, leading=24)
_CELL = ParagraphStyle("cell", parent=_BODY, fontSize=8, leading=10)
_NUMBER = ParagraphStyle("number", parent=_CELL, alignment=TA_RIGHT)
_BOLD = ParagraphStyle("bold", parent=_CELL, fontName="Helvetica-Bold")
_BOLD_NUMBER = ParagraphStyle("bold number", parent=_NUMBER, fontName="Helvetica-Bold")


class Paper:
    """Filled from top to bottom, then read once as bytes."""

    def __init__(self, *, market: Market, title: str, subtitle: str = "") -> None:
        self.market, self.title = market, title
        self.flow: list[Flowable] = [Paragraph(_plain(title), _HEAD)]
        if subtitle:
            self.flow.append(Paragraph(_plain(subtitle), _SMALL))
        self.flow.append(Spacer(0, 6 * mm))

    def facts(self, pairs: Sequence[tuple[str, str]]) -> None:
        rows = [(Paragraph(_plain(name), _SMALL), Paragraph(_plain(value), _BODY)) for name, value in pairs]
        table = Table(rows, colWidths=(45 * mm, WIDTH - 45 * mm), hAlign="LEFT")
        table.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, -1), 0)])
        self.flow += [table, Spacer(0, 5 * mm)]

    def sums(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Figures under each other; the last one is what they come to."""
        last = len(pairs) - 1
        rows = [
            _cells(pair, (_BOLD, _BOLD_NUMBER) if place == last else (_CELL, _NUMBER))
            for place, pair in enumerate(pairs)
        ]
        table = Table(rows, colWidths=(60 * mm, 40 * mm), hAlign="RIGHT")
        table.setStyle([("LINEABOVE", (0, -1), (-1, -1), 0.8, INK), ("BACKGROUND", (0, -1), (-1, -1), BAND)])
        self.flow += [table, Spacer(0, 5 * mm)]

    def table(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], numbers: int
    ) -> None:
        """`widths` are shares of the page; the last `numbers` columns are figures."""
        total = sum(widths)
        columns = [WIDTH * width / total for width in widths]
        words = len(head) - numbers
        styles = [_CELL] * words + [_NUMBER] * numbers
        heads = [_BOLD] * words + [_BOLD_NUMBER] * numbers
        for start in range(0, max(len(rows), 1), ROWS_AT_ONCE):
            shown = [_cells(row, styles) for row in rows[start : start + ROWS_AT_ONCE]]
            is_first = start == 0
            table = Table([_cells(head, heads), *shown] if is_first else shown, columns, repeatRows=is_first)
            lines = [
                ("LINEBELOW", (0, 0), (-1, -1), 0.3, LINE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ]
            table.setStyle([*lines, ("BACKGROUND", (0, 0), (-1, 0), BAND)] if is_first else lines)
            if shown or is_first:
                self.flow.append(table)
        self.flow.append(Spacer(0, 5 * mm))

    def note(self, text: str) -> None:
        self.flow += [Paragraph(_plain(text), _SMALL), Spacer(0, 2 * mm)]

    def read(self) -> bytes:
        out = io.BytesIO()
        document = SimpleDocTemplate(
            out,
            pagesize=A4,
            leftMargin=MARGIN - FRAME_PADDING,
            rightMargin=MARGIN - FRAME_PADDING,
            topMargin=MARGIN + 10 * mm,
            bottomMargin=MARGIN,
            title=self.title,
            author=self.market.name,
            invariant=True,
        )
        document.build(self.flow, onFirstPage=self._frame, onLaterPages=self._frame)
        return out.getvalue()

    def _frame(self, canvas: Canvas, document: SimpleDocTemplate) -> None:
        """On every page: whose it is, what it is, which page."""
        top = A4[1] - MARGIN
        canvas.setFillColor(ACCENTS.get(self.market.code, INK))
        canvas.setFont("Helvetica-Bold", 12)
        canvas.drawString(MARGIN, top, self.market.name)
        canvas.rect(MARGIN, top - 3 * mm, WIDTH, 0.6 * mm, stroke=0, fill=1)
        canvas.setFillColor(MUTED)
        canvas.setFont("Helvetica", 8)
        canvas.drawRightString(A4[0] - MARGIN, top, known(self.title))
        canvas.drawString(MARGIN, 10 * mm, self.market.support_email)
        page = _("Page %(number)d") % {"number": document.page}
        canvas.drawRightString(A4[0] - MARGIN, 10 * mm, known(page))


def known(text: str) -> str:
    """The built-in letters are those of western Europe; what they lack becomes a question mark."""
    text = text.replace("\N{MINUS SIGN}", "\N{EN DASH}").replace(
        "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
    )
    return text.encode("cp1252", "replace").decode("cp1252")


def _plain(text: str) -> str:
    """What people typed is text, never markup."""
    return escape(known(str(text)))


def _cells(values: Sequence[str], styles: Sequence[ParagraphStyle]) -> list[Paragraph]:
    return [Paragraph(_plain(value), style) for value, style in zip(values, styles, strict=True)]
