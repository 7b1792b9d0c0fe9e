"""Calendar days and their wording in Japan, whose clocks know no summer time (R8-2)."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

JST = ZoneInfo("Asia/Tokyo")

_WEEKDAYS_JA = "月火水木金土日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def in_jst(instant: datetime) -> datetime:
    """The instant on a Japanese clock; ValueError for a naive one."""
    if instant.utcoffset() is None:
        raise ValueError(f"an instant needs its time zone: {instant.isoformat()}")
    return instant.astimezone(JST)


def day_of(instant: datetime) -> date:
    """The calendar day in Japan on which the instant falls."""
    return in_jst(instant).date()


def start_of(day: date) -> datetime:
    """00:00 JST of the day, in UTC."""
    return datetime.combine(day, time.min, tzinfo=JST).astimezone(UTC)


def show_day(day: date, locale: str = "ja") -> str:
    """As 2026/11/22(日)."""
    return f"{day.year:04d}/{show_short_day(day, locale)}"


def show_short_day(day: date, locale: str = "ja") -> str:
    """As 11/22(日)."""
    return f"{day.month:02d}/{day.day:02d}{_weekday(day, locale)}"


def show_time(instant: datetime, locale: str = "ja") -> str:
    """As 2026/11/22(日) 22:30."""
    moment = in_jst(instant)
    return f"{show_day(moment.date(), locale)} {moment:%H:%M}"


def show_second(instant: datetime, locale: str = "ja") -> str:
    """As 2026/11/22(日) 22:30:05."""
    return f"{show_time(instant, locale)}:{in_jst(instant):%S}"


def show_error_time(instant: datetime) -> str:
    """As 2026/11/22 22:30:05, without the weekday (R2-7)."""
    moment = in_jst(instant)
    return f"{moment.year:04d}/{moment:%m/%d %H:%M:%S}"


def weekdays(locale: str = "ja") -> tuple[str, ...]:
    """From Sunday to Saturday."""
    names = _WEEKDAYS_EN if locale == "en" else tuple(_WEEKDAYS_JA)
    return (names[-1], *names[:-1])


def _weekday(day: date, locale: str) -> str:
    if locale == "en":
        return f" ({_WEEKDAYS_EN[day.weekday()]})"
    return f"({_WEEKDAYS_JA[day.weekday()]})"
