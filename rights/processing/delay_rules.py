"""A processing date whose starting days are put off by staff (R5-10)."""

from datetime import date

from base.business_days import BusinessCalendar
from base.sentences import say
from rights.codes import Refusal
from rights.effect_dates import StartingDays

LONGEST_REASON = 500
FIELDS = ("taxis_johs_from", "juju_loacus_from")


def refusals_of_delay(
    new: StartingDays, current: StartingDays, by_rule: StartingDays, today: date, calendar: BusinessCalendar
) -> list[Refusal]:
    """Never earlier than the rule, never backdated; a day that stays may be past."""
    found = []
    for field in FIELDS:
        reason = _reason_against(getattr(new, field), getattr(current, field), getattr(by_rule, field), today, calendar)
        found += [Refusal(field, reason)] if reason else []
    if not found and new.juju_loacus_from < new.taxis_johs_from:
        found.append(Refusal("juju_loacus_from", say("TAXIS・JOHSの利用開始日より前にはできません。")))
    if not found and new == current:
        found.append(Refusal("taxis_johs_from", say("いまの利用開始日と同じです。新しい日付を入力してください。")))
    return found


def _reason_against(day: date, current: date, by_rule: date, today: date, calendar: BusinessCalendar) -> str | None:
    if day == current:
        return None
    if day < by_rule:
        return say("本来の利用開始日 %(day)s より前にはできません。", day=by_rule)
    if day < today:
        return say("今日より前の日にはできません。")
    if not calendar.is_business_day(day):
        return say("%(day)s は営業日ではありません。", day=day)
    return None
