"""What the browser sees holds to the strict policy of the headers, to its tokens, and to both languages."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
from babel.messages.pofile import read_po
from jinja2 import nodes
from wtforms import EmailField, RadioField, SelectChoice
from wtforms.form import BaseForm
from wtforms.validators import InputRequired

from base.assets import asset_addresses

SITE = Path(__file__).resolve().parents[1] / "site"
TEMPLATES = SITE / "templates"
STATIC = SITE / "static"
PAGES = sorted(TEMPLATES.rglob("*.html"))
SHEETS = sorted((STATIC / "css").glob("*.css"))
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
SHARED = [path for path in PAGES if path.parent.name in {"layout", "parts", "errors"} or path.name == "login.html"]
DESK = {"phone": "03-0000-0000", "mail": "desk@example.example", "hours": "9:00–17:00", "about": "ご質問"}
REASONS = [
    "missing",
    "unreadable",
    "not_registered",
    "revoked",
    "suspended",
    "expired",
    "not_yet_valid",
    "organization_ended",
    "foreign",
    "other_certificate",
    "list_stale",
]


def short(path: Path) -> str:
    return path.relative_to(SITE).as_posix()


class AnyFilter(dict[str, Any]):
    """Filters are registered by the application; here a template only has to parse and compile."""

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(key, default) or str


@pytest.fixture(scope="module")
def environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    made = jinja2.Environment(loader=loader, autoescape=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do"])
    made.install_gettext_callables(  # type: ignore[attr-defined]  # the i18n extension adds it
        lambda text: text, lambda one, many, count: one if count == 1 else many, newstyle=True
    )
    made.filters = AnyFilter(made.filters)
    made.filters["translated"] = lambda words: words
    made.globals["asset"] = asset_addresses(STATIC)
    made.globals["csrf_token"] = lambda: "a-token"
    made.globals["get_flashed_messages"] = lambda **_facts: []
    return made


@pytest.fixture(scope="module")
def frame() -> dict[str, Any]:
    desks = [DESK | {"name": name} for name in ("受付", "障害窓口", "認証窓口")]
    operator = {"name": "みなみ", "desks": desks, "disturbance_desk": desks[1], "support_desk": desks[2]}
    return {"site_name": "託送情報共有サイト", "locale": "ja", "operator": operator}


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_a_page_carries_no_style_no_script_and_no_handler_of_its_own(page: Path) -> None:
    """R8-3, E1: the content policy allows none of them, so that injected ones do nothing either."""
    text = page.read_text(encoding="utf-8")
    assert not re.findall(r"\sstyle\s*=", text)
    assert not re.findall(r"\son[a-z]+\s*=\s*[\"'{]", text)
    assert not re.findall(r"<script(?![^>]*\ssrc=)[^>]*>|<script[^>]*>[^<]+</script>", text)
    styles = re.findall(r"<style[^>]*>.*?</style>", text, re.DOTALL)
    assert styles == (["<style>{{ own_style }}</style>"] if page.name == "plain.html" else [])


@pytest.mark.parametrize("path", [*PAGES, *SHEETS, *SCRIPTS, STATIC / "icons.svg", STATIC / "mark.svg"], ids=short)
def test_nothing_is_fetched_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.findall(r"https?://[^\s\"']*|[\"'(=]\s*//[a-z][^\s\"']*|@import|url\(", text)


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_a_page_compiles(page: Path, environment: jinja2.Environment) -> None:
    environment.compile(page.read_text(encoding="utf-8"), page.name)


def drawn(page: Path, environment: jinja2.Environment) -> Iterator[str]:
    """The icons that a template names: in an address, or each constant that an icon argument can become."""
    text = page.read_text(encoding="utf-8")
    yield from re.findall(r"asset\('icons\.svg'\) \}\}#([a-z-]+)", text)
    places = {"icon": (0, "name"), "button_link": (3, "icon_name")}
    for call in environment.parse(text).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in places:
            at, keyword = places[call.node.name]
            asked = [*call.args[at : at + 1], *(pair.value for pair in call.kwargs if pair.key == keyword)]
            for argument in asked:
                yield from outcomes(argument)


def outcomes(argument: nodes.Node | None) -> Iterator[str]:
    if isinstance(argument, nodes.CondExpr):
        yield from outcomes(argument.expr1)
        yield from outcomes(argument.expr2)
    elif isinstance(argument, nodes.Const):
        yield argument.value


def test_every_icon_that_is_named_is_drawn(environment: jinja2.Environment) -> None:
    symbols = set(re.findall(r'<symbol id="([a-z-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
    named = {name for page in PAGES for name in drawn(page, environment)}
    assert {"search", "octagon-alert", "chevron-left"} <= named
    assert named <= symbols


def test_what_others_made_is_unchanged() -> None:
    readme = (STATIC / "vendor" / "README.md").read_text(encoding="utf-8")
    noted = re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", readme, re.MULTILINE)
    assert len(noted) == 2
    for name, checksum in noted:
        assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == checksum, name


def colours() -> dict[str, tuple[str, str]]:
    """Our name of a colour, its token and the value that stands beside it."""
    core = (STATIC / "css" / "core.css").read_text(encoding="utf-8")
    return {name: (token, value) for name, token, value in re.findall(r"--([a-z-]+): var\(--([\w-]+), (#\w+)\)", core)}


def test_each_colour_is_the_design_token_it_names() -> None:
    tokens = dict(
        re.findall(
            r"--([\w-]+): (#\w+);",
            (STATIC / "vendor" / "design-tokens" / "tokens.css").read_text(encoding="utf-8"),
        )
    )
    assert len(colours()) > 15
    for name, (token, value) in colours().items():
        assert tokens[token] == value, name


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("text", "ground"),
    [(text, ground) for text in ("ink", "ink-soft", "blue", "red", "amber") for ground in ("paper", "ground")]
    + [("blue-deep", "blue-wash"), ("blue", "blue-wash"), ("ink", "blue-wash"), ("ink-soft", "blue-wash")]
    + [(f"{name}", f"{name}-wash") for name in ("red", "amber", "green")]
    + [("paper", "blue"), ("paper", "blue-deep"), ("ink-soft", "line-soft"), ("ink-soft", "amber-wash")],
)
def test_text_can_be_told_from_its_ground(text: str, ground: str) -> None:
    """At least 4.5 to 1, as WCAG 2.2 (1.4.3) asks."""
    light, dark = sorted((luminance(colours()[name][1]) for name in (text, ground)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_every_word_of_the_shared_screens_has_its_english(environment: jinja2.Environment) -> None:
    with (SITE / "translations" / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        english = read_po(file, locale="en")
    for page in SHARED:
        for _, _, found in environment.extract_translations(page.read_text(encoding="utf-8")):  # type: ignore[attr-defined]
            text = found if isinstance(found, str) else found[0]
            message = english.get(text)
            assert message is not None, text
            translated = str(message.string)
            assert translated, text
            assert set(re.findall(r"%\(\w+\)s", translated)) == set(re.findall(r"%\(\w+\)s", text))


@pytest.mark.parametrize("reason", REASONS)
def test_without_a_good_certificate_a_page_says_why_and_what_to_do(
    reason: str, environment: jinja2.Environment, frame: dict[str, Any]
) -> None:
    """R4-1, A1: how to check and install it, whom to call; no form, nothing about accounts."""
    template = environment.get_template("errors/certificate.html")
    page = template.render(frame, reason=reason)
    assert "設定 → プライバシーとセキュリティ → セキュリティ → 証明書の管理" in page
    assert page.count("tel:03") == 3
    assert "<form" not in page
    assert "<input" not in page
    titles = {template.render(frame, reason=other).split("<h1>")[1].split("</h1>")[0] for other in REASONS}
    assert len(titles) == len(REASONS)


def test_the_page_of_a_missing_certificate_needs_no_second_request(
    environment: jinja2.Environment, frame: dict[str, Any]
) -> None:
    """R4-1: without a certificate the style sheet can't be fetched either."""
    page = environment.get_template("errors/certificate.html").render(frame, reason="missing", own_style="body{}")
    assert "<style>body{}</style>" in page
    assert not re.findall(r"<(?:link|script|img)|/static/", page)


def test_a_system_error_names_code_time_and_the_disturbance_desk_alone(
    environment: jinja2.Environment, frame: dict[str, Any]
) -> None:
    """R2-7."""
    page = environment.get_template("errors/error.html").render(
        frame, status=500, error_code="EF9999", reference="7QK2M0", error_time="2026/11/22 22:30:15"
    )
    for words in (
        "システムエラーが発生しました。",
        "エラーコード:",
        "エラー発生時刻:",
        "EF9999 (7QK2M0)",
        "2026/11/22 22:30:15",
    ):
        assert words in page
    assert "お手数ですが、下記連絡先までご連絡ください。" in page
    assert "障害窓口" in page
    assert "認証窓口" not in page


@pytest.mark.parametrize("status", [400, "form_expired", 403, 404, 405, 408, 409, 413, 414, 429, 500, 503, 507])
def test_every_error_has_words_of_its_own(
    status: int | str, environment: jinja2.Environment, frame: dict[str, Any]
) -> None:
    template = environment.get_template("errors/error.html")
    unknown = template.render(frame, status=599)
    assert (template.render(frame, status=status) == unknown) is (status == 500)


def test_the_login_keeps_the_id_and_never_the_password(environment: jinja2.Environment, frame: dict[str, Any]) -> None:
    """R8-3, E1."""
    page = environment.get_template("auth/login.html").render(
        frame, login_id='"><b>', next="/articles/x", error="【エラー】認証に失敗しました。", password="secret"
    )
    assert 'value="&#34;&gt;&lt;b&gt;"' in page
    assert "secret" not in page
    assert "【エラー】認証に失敗しました。" in page
    assert '<input type="hidden" name="next" value="/articles/x">' in page
    assert "パスワードを忘れた方はこちら。" not in page


def refused_form() -> BaseForm:
    form = BaseForm(
        {
            "mail": EmailField("メールアドレス(ID)", [InputRequired("入力してください。")]),
            "taxis": RadioField(
                "TAXIS", [InputRequired("選んでください。")], choices=[SelectChoice("1010"), SelectChoice("1110")]
            ),
        }
    )
    form.process(data={"mail": "a<b@example.example"})
    form.validate()
    return form


def test_a_refused_form_says_why_beside_each_field_and_keeps_what_was_typed(environment: jinja2.Environment) -> None:
    """R8-3."""
    source = (
        '{% from "parts/forms.html" import field, cards, error_summary %}{{ error_summary(form) }}'
        '{{ field(form.mail, hint="ご本人のもの") }}{{ cards(form.taxis, refused={"1110": "廃止されました"}) }}'
    )
    page = environment.from_string(source).render(form=refused_form())
    assert 'aria-describedby="mail-hint mail-why"' in page
    assert 'value="a&lt;b@example.example"' in page
    assert 'aria-invalid="true"' in page
    assert 'id="mail-why"' in page
    assert 'id="taxis-why"' in page
    assert 'href="#taxis"' in page
    assert re.search(r'value="1110"\s+disabled', page)
    assert "廃止されました" in page


# What is handed to _() by name: labels of ours from tables in the code, never what somebody typed.
OUR_WORDS = {"end_reason", "fate", "label", "labels", "pair", "pair_tag", "pairs", "question", "role", "role_of"}
OUR_WORDS |= {"state", "subject", "tag_words", "what", "why_not", "words"}


def test_only_words_of_ours_are_translated_in_a_template() -> None:
    """E1: a template takes what _() answers for markup, whatever it was given."""
    reader, found = jinja2.Environment(extensions=["jinja2.ext.do"]), set()
    for page in PAGES:
        for call in reader.parse(page.read_text(encoding="utf-8")).find_all(nodes.Call):
            is_ours = isinstance(call.node, nodes.Name) and call.node.name in {"_", "gettext", "ngettext"}
            if is_ours and call.args and not isinstance(call.args[0], nodes.Const):
                names = [call.args[0], *call.args[0].find_all(nodes.Name)]
                found.add(next(each.name for each in names if isinstance(each, nodes.Name)))
    assert found - OUR_WORDS == set()


@pytest.mark.parametrize("script", SCRIPTS, ids=short)
def test_a_script_writes_text_alone_and_keeps_nothing(script: Path) -> None:
    """E1: no HTML from values, no code from text, nothing in the browser's storage, no word to another window."""
    doors = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|postMessage"
    stores = r"localStorage|sessionStorage|indexedDB|document\.cookie"
    assert re.findall(f"{doors}|{stores}", script.read_text(encoding="utf-8")) == []
