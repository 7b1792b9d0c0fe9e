"""The only place where Markdown becomes HTML: parsed without raw HTML, cleaned by bleach, cleaned again by nh3 (E1)."""

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions.footnotes import FootnoteExtension
from markdown.extensions.tables import TableExtension
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor

from base.late import Late
from content.languages import ENGLISH, JAPANESE
from content.markup_limits import refuse_excess

if TYPE_CHECKING:
    import bleach
    import nh3
else:
    bleach, nh3 = Late("bleach"), Late("nh3")

TAGS: Final = frozenset(
    {"a", "blockquote", "br", "code", "div", "em", "h2", "h3", "h4", "hr", "img", "li", "ol", "p", "pre"}
    | {"strong", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul"}
)
SCHEMES: Final = frozenset({"http", "https", "mailto", "tel"})
# Both may stand on one screen.
NOTES: Final = {JAPANESE: "article", ENGLISH: "article-en"}
BACK_LINKS: Final = {JAPANESE: "本文の注{}に戻る", ENGLISH: "Back to note {} in the text"}

_OWN = r"/(?:articles|files|manuals)/[0-9A-Za-z][0-9A-Za-z._-]*(?:/[0-9A-Za-z][0-9A-Za-z._-]*)*"
_REST = r"[^\s\x00-\x20\x7f-\xa0<>\"'\\`]"
_LINK = re.compile(
    rf"(?:(?i:https?)://[^\s\x00-\x20\x7f-\xa0<>\"'\\`/?#@:]+(?::\d{{1,5}})?(?:[/?#]{_REST}*)?"
    rf"|(?i:mailto):[^\s\x00-\x20\x7f-\xa0<>\"\\?:@]+@[0-9A-Za-z.-]+(?:\?{_REST}*)?"
    r"|(?i:tel):\+?[0-9-]{3,20}"
    rf"|{_OWN}(?:#{_REST}*)?"
    rf"|/(?:contact|help|search|self-check|password/forgotten)(?:[?#]{_REST}*)?"
    r"|#article(?:-en)?-fn(?:ref\d*)?-\d+)"
)
_WORDS = re.compile(r"[^\x00-\x1f\x7f]{0,500}")
_NOTE_ID = re.compile(r"article(?:-en)?-fn(?:ref\d*)?-\d+")
_ALIGN = re.compile(r"left|right|center")

ATTRIBUTES: Final[dict[tuple[str, str], re.Pattern[str]]] = {
    ("a", "href"): _LINK,
    ("a", "title"): _WORDS,
    ("a", "class"): re.compile(r"footnote-(?:back)?ref"),
    ("img", "src"): re.compile(_OWN.replace("articles|files|manuals", "files")),
    ("img", "alt"): _WORDS,
    ("img", "title"): _WORDS,
    ("td", "align"): _ALIGN,
    ("th", "align"): _ALIGN,
    ("ol", "start"): re.compile(r"\d{1,9}"),
    ("li", "id"): _NOTE_ID,
    ("sup", "id"): _NOTE_ID,
    ("div", "class"): re.compile(r"footnote"),
}

_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")
_NOTE = re.compile(r"#?(?P<role>fn|fnref\d*):(?P<label>.*)", re.DOTALL)
_UNUSED_PATTERNS = (
    "html",
    "reference",
    "image_reference",
    "short_reference",
    "short_image_ref",
)


def render(source: str, language: str = JAPANESE) -> str:
    """The HTML of an article's text, safe to put into a page as it is; Refused where it is too much (E1, E17)."""
    lines = _UNREADABLE.sub("", source.replace("\r\n", "\n").replace("\r", "\n"))
    readable = _BLANK_LINES.sub("\n\n", lines)
    refuse_excess(readable)
    return _clean(_parser(language).convert(readable))


def _clean(html: str) -> str:
    once = bleach.clean(html, tags=TAGS, attributes=_is_kept, protocols=SCHEMES, strip=True)
    return nh3.clean(
        once,
        tags=set(TAGS),
        attributes=_names_by_tag(),
        url_schemes=set(SCHEMES),
        link_rel=None,
        attribute_filter=lambda tag, name, value: value if _is_kept(tag, name, value) else None,
    )


def _names_by_tag() -> dict[str, set[str]]:
    return {tag: {name for owner, name in ATTRIBUTES if owner == tag} for tag, _ in ATTRIBUTES}


def _is_kept(tag: str, name: str, value: str) -> bool:
    pattern = ATTRIBUTES.get((tag, name))
    return pattern is not None and pattern.fullmatch(value) is not None


def _parser(language: str) -> Markdown:
    """A fresh parser: raw HTML stays text, and `[words]: words` isn't swallowed as a link definition."""
    parser = Markdown(
        extensions=[
            TableExtension(use_align_attribute=True),
            FootnoteExtension(BACKLINK_TITLE=BACK_LINKS[language]),
            "sane_lists",
            "nl2br",
        ]
    )
    parser.preprocessors.deregister("html_block")
    parser.parser.blockprocessors.deregister("reference")
    for name in _UNUSED_PATTERNS:
        parser.inlinePatterns.deregister(name)
    parser.inlinePatterns.register(_LineBreak(r"<br ?/?>", parser), "line_break_tag", 90)
    parser.treeprocessors.register(_HouseTree(parser, NOTES[language]), "house", 0)
    return parser


class _LineBreak(InlineProcessor):
    """`<br>` is the one tag that authors may write: table cells have no other way to break a line."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: ARG002, N802 - Markdown's own signature
        return Element("br"), m.start(), m.end()


class _HouseTree(Treeprocessor):
    """Fits the article into the page: its own highest heading follows the page's h1, and an author's label never becomes an id."""

    def __init__(self, parser: Markdown, notes: str) -> None:
        super().__init__(parser)
        self._notes = notes

    def run(self, root: Element) -> None:
        numbers: dict[str, int] = {}
        headings = [element for element in root.iter() if re.fullmatch(r"h[1-6]", element.tag)]
        top = min((int(element.tag[1]) for element in headings), default=1)
        for element in headings:
            element.tag = f"h{min(int(element.tag[1]) - top + 2, 4)}"
        for element in root.iter():
            for name in ("id", "href"):
                _renumber(element, name, numbers, self._notes)


def _renumber(element: Element, name: str, numbers: dict[str, int], notes: str) -> None:
    match = _NOTE.fullmatch(element.get(name, ""))
    if match:
        number = numbers.setdefault(match["label"], len(numbers) + 1)
        element.set(name, f"{'#' if name == 'href' else ''}{notes}-{match['role']}-{number}")


_BREAKS = frozenset({"blockquote", "br", "div", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "table", "tr", "ul"})


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.is_back_link = False
        self.is_preformatted = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        self.is_back_link = facts.get("class") == "footnote-backref"
        self.is_preformatted = self.is_preformatted or tag == "pre"
        if tag in _BREAKS:
            self.parts.append("\n")
        elif tag in {"td", "th"}:
            self.parts.append(" ")
        elif tag == "img":
            self.parts.append(facts.get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        self.is_back_link = False
        self.is_preformatted = self.is_preformatted and tag != "pre"
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.is_back_link:
            self.parts.append(data if self.is_preformatted else data.replace("\n", " "))


def plain_text(html: str) -> str:
    """The words of rendered HTML, a line for each block: for search, excerpts and mails."""
    words = _Words()
    words.feed(html)
    words.close()
    lines = (" ".join(line.split()) for line in "".join(words.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def excerpt(html: str, length: int) -> str:
    """The first words of rendered HTML on one line, at most `length` characters, the last then an ellipsis."""
    line = plain_text(html).replace("\n", " ")
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
