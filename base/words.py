"""What every template knows: words, dates in JST with their weekday, the operator's desks."""

from collections.abc import Iterable
from datetime import date, datetime

from flask import Flask, current_app, g
from flask_babel import get_locale, gettext, lazy_gettext

from base import clock
from base.closing_days import confirmed_through
from base.db import db
from base.jst import day_of, in_jst, show_day, show_second, show_short_day, show_time
from base.promised_days import mark_of
from base.sentences import said_in
from base.settings import Operator, Settings

SITE_NAME = "託送情報共有サイト"


def locale() -> str:
    return str(get_locale() or "ja")


def _as_day(value: date | datetime) -> date:
    return day_of(value) if isinstance(value, datetime) else value


def day(value: date | datetime) -> str:
    return show_day(_as_day(value), locale())


def short_day(value: date | datetime) -> str:
    return show_short_day(_as_day(value), locale())


def time_of_day(value: datetime) -> str:
    return f"{in_jst(value):%H:%M}"


def moment(value: datetime) -> str:
    return show_time(value, locale())


def second(value: datetime) -> str:
    return show_second(value, locale())


def promised(value: date | datetime) -> str:
    """A date that is promised; 「暫定」 where the closing days of its year aren't confirmed yet (R5-31)."""
    return day(value) + _mark(value)


def short_promised(value: date | datetime) -> str:
    return short_day(value) + _mark(value)


def _mark(value: date | datetime) -> str:
    """The last confirmed year is looked up once a request; what is past moves no more."""
    if "confirmed_through" not in g:
        today = day_of(clock.now())
        g.confirmed_through = max(today, confirmed_through(db.session(), today))
    return mark_of(_as_day(value), g.confirmed_through, locale())


class Spoken:
    """The operator's names in the language of whoever looks."""

    def __init__(self, operator: Operator) -> None:
        self._japanese, self._english = operator, operator.in_english()

    def __getattr__(self, name: str) -> object:
        return getattr(self._english if locale() == "en" else self._japanese, name)


def spoken_operator() -> Operator:
    settings: Settings = current_app.config["PORTAL"]
    return settings.operator.in_english() if locale() == "en" else settings.operator


def listed(names: Iterable[str], comma: str = "、") -> str:
    """One behind the other, as the viewer's language does it."""
    return (", " if locale() == "en" else comma).join(names)


def translated(name: str) -> str:
    """A sentence of a rule, or a name that a row of ours has, in the viewer's language; what the catalogue doesn't know stays, and stays text (E1)."""
    return said_in(name, locale(), gettext) if name else ""


def register_words(app: Flask, settings: Settings) -> None:
    app.jinja_env.filters.update(day=day, short_day=short_day, time=time_of_day, moment=moment, second=second)
    app.jinja_env.filters.update(promised=promised, short_promised=short_promised)
    app.jinja_env.filters.update(translated=translated, listed=listed)
    app.jinja_env.globals.update(
        site_name=lazy_gettext(SITE_NAME), operator=Spoken(settings.operator), is_demo=settings.is_demo
    )

    @app.context_processor
    def words() -> dict[str, object]:
        return {"viewer": g.get("viewer"), "locale": locale(), "now": clock.now()}
