from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask_babel import lazy_gettext
from flask_wtf.file import FileField
from wtforms import DateField, TextAreaField

from base.forms import Form, at_most, required
from base.in_address import words_in
from rights.effect_dates import StartingDays
from rights.processing.completion_rules import Sheet
from rights.processing.delay_rules import LONGEST_REASON
from rights.processing.sheet_queries import LINES, Narrowed
from rights.request_forms import readable

STATES = ("left", "answered", "late", "done", "all")
LAST_PAGE = 100_000
TYPED = "number-"


class DelayForm(Form):
    """R5-10: an M is delayed, with new dates."""

    taxis_johs_from = DateField(
        lazy_gettext("TAXIS・JOHSの利用開始日"), [required(lazy_gettext("日付を入力してください。"))]
    )
    juju_loacus_from = DateField(
        lazy_gettext("JUJU・LOACUSの利用開始日"), [required(lazy_gettext("日付を入力してください。"))]
    )
    reason = TextAreaField(lazy_gettext("理由"), [required(), at_most(LONGEST_REASON)], filters=[readable])

    def days(self) -> StartingDays:
        return StartingDays(self.taxis_johs_from.data, self.juju_loacus_from.data)


class ResultForm(Form):
    """R9-4: the file that came back."""

    file = FileField(lazy_gettext("結果のCSVファイル"))


@dataclass(frozen=True, slots=True)
class SheetAddress:
    """What of a sheet is shown; it stands in the address."""

    narrowed: Narrowed
    page: int

    def query(self, page: int | None = None) -> str:
        values = {"state": self.narrowed.state, "q": self.narrowed.words, "page": str(page or self.page)}
        return urlencode({name: value for name, value in values.items() if value and (name, value) != ("page", "1")})

    def pages(self, count: int) -> tuple[str, str]:
        """The queries of the page before and of the one after, empty where there is none."""
        before = self.query(self.page - 1) if self.page > 1 else ""
        after = self.query(self.page + 1) if self.page * LINES < count else ""
        return before, after


def read_address(address: Mapping[str, str], sheet: Sheet) -> SheetAddress:
    state, page = address.get("state", "left"), address.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < len(str(LAST_PAGE)) else 1
    narrowed = Narrowed(sheet, state if state in STATES else "left", words_in(address.get("q", "")))
    return SheetAddress(narrowed, max(number, 1))


def typed_numbers(form: Mapping[str, str]) -> dict[str, str]:
    """By public id; what was left empty isn't there."""
    typed = {name.removeprefix(TYPED): value.strip() for name, value in form.items() if name.startswith(TYPED)}
    return {public_id: number for public_id, number in typed.items() if number}
