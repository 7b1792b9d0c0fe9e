"""A person at the application's own door: certificate headers as the front sets them, cookies, and forms filled in as they stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from demo.authority import Issued
from tests.cast import Person
from tests.certificates import forwarded
from tests.make import PASSWORD
from tests.settings import BASE_URL, FRONT_SECRET

ADDRESS = "192.0.2.7"


@dataclass(slots=True)
class PageForm:
    """One form of a page: where it goes and what it would send untouched."""

    action: str
    method: str
    values: dict[str, Any] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def take(self, name: str | None, value: str) -> None:
        if name is None:
            return
        if name in self.values:
            earlier = self.values[name]
            self.values[name] = [*(earlier if isinstance(earlier, list) else [earlier]), value]
        else:
            self.values[name] = value


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._select: str | None = None
        self._first_option: str | None = None
        self._chosen: str | None = None
        self._area: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(PageForm(facts.get("action", ""), facts.get("method", "get").lower()))
        elif self.forms:
            self._take(tag, facts)

    def _take(self, tag: str, facts: dict[str, str]) -> None:
        form = self.forms[-1]
        if tag == "input":
            self._take_input(form, facts)
        elif tag == "button" and facts.get("name"):
            form.buttons.append((facts["name"], facts.get("value", "")))
        elif tag == "select":
            self._select, self._first_option, self._chosen = facts.get("name"), None, None
        elif tag == "option" and self._select:
            value = facts.get("value", "")
            self._first_option = value if self._first_option is None else self._first_option
            self._chosen = value if "selected" in facts else self._chosen
        elif tag == "textarea":
            self._area, self._text = facts.get("name"), ""

    @staticmethod
    def _take_input(form: PageForm, facts: dict[str, str]) -> None:
        kind = facts.get("type", "text")
        is_unchecked = kind in {"checkbox", "radio"} and "checked" not in facts
        if kind not in {"submit", "file", "button"} and not is_unchecked:
            form.take(facts.get("name"), facts.get("value", "on" if kind == "checkbox" else ""))

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            chosen = self._chosen if self._chosen is not None else self._first_option
            if chosen is not None:
                self.forms[-1].take(self._select, chosen)
            self._select = None
        elif tag == "textarea" and self._area:
            # A browser drops the line break right behind the opening tag.
            self.forms[-1].take(self._area, self._text.replace("\r\n", "\n").removeprefix("\n"))
            self._area = None


def forms_of(page: str) -> list[PageForm]:
    parser = _Forms()
    parser.feed(page)
    return parser.forms


class Visitor:
    """`client` None: somebody without a certificate. `is_front` False: straight at the socket, without the front's secret."""

    def __init__(self, app: Flask, client: Issued | None) -> None:
        self.app = app
        self.browser = app.test_client()
        self.client = client
        self.headers: dict[str, str] = {}

    def _headers(self, extra: Mapping[str, str] | None) -> dict[str, str]:
        front = {"X-Front-Secret": FRONT_SECRET, "X-Client-Address": ADDRESS, "X-Client-Verify": "NONE"}
        if self.client is not None:
            front |= {"X-Client-Verify": "SUCCESS", "X-Client-Cert": forwarded(self.client.der)}
        return {**front, "Referer": f"{BASE_URL}/", **self.headers, **(extra or {})}

    def get(self, path: str, headers: Mapping[str, str] | None = None, **facts: Any) -> TestResponse:
        """Read to its end, as browsers do: a file that is written while it is read holds what it needs until then."""
        facts = {"buffered": True} | facts
        return self.browser.get(path, base_url=BASE_URL, headers=self._headers(headers), **facts)

    def page(self, path: str) -> str:
        """The text of a page that must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:2000])
        return answer.text

    def post(self, path: str, data: Any = None, headers: Mapping[str, str] | None = None, **facts: Any) -> TestResponse:
        return self.browser.post(path, base_url=BASE_URL, data=data, headers=self._headers(headers), **facts)

    def form(self, path: str, action: str) -> PageForm:
        """The form of that page which goes to `action`."""
        found = [form for form in forms_of(self.page(path)) if form.action == action]
        assert found, f"{path} has no form for {action}"
        return found[0]

    def submit(self, path: str, action: str | None = None, **filled: Any) -> TestResponse:
        """Open the page, fill in its form and send it; None as a value leaves the field out."""
        form = self.form(path, action or path)
        values = {name: value for name, value in {**form.values, **filled}.items() if value is not None}
        return self.post(form.action, values)

    def log_in(self, login_id: str, password: str = PASSWORD, **filled: Any) -> TestResponse:
        return self.submit("/login", login_id=login_id, password=password, **filled)


def logged_in(app: Flask, person: Person) -> Visitor:
    visitor = Visitor(app, person.client)
    answer = visitor.log_in(person.login_id)
    assert answer.status_code == 303, answer.text[:2000]
    return visitor
