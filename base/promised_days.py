"""Dates that are promised: those beyond the last confirmed year are provisional, 「暫定」, and say so wherever they stand (R5-31)."""

from datetime import date

from base.jst import show_day

PROVISIONAL = {"ja": "(暫定)", "en": " (provisional)"}


def is_provisional(day: date, confirmed_through: date) -> bool:
    return day > confirmed_through


def promised_day(day: date, confirmed_through: date, locale: str = "ja") -> str:
    """As 2028/01/07(金)(暫定)."""
    return show_day(day, locale) + mark_of(day, confirmed_through, locale)


def mark_of(day: date, confirmed_through: date, locale: str = "ja") -> str:
    return PROVISIONAL[locale] if is_provisional(day, confirmed_through) else ""
