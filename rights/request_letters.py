"""The texts of the mails about one request (R5-10, R5-12): plain values in, a letter out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from base.jst import day_of, show_day, show_time, start_of
from base.promised_days import promised_day
from rights.request_news import News
from rights.request_states import RequestKind

SUBJECTS: Mapping[News, str] = {
    News.ACCEPTED: "利用権限の申請を受け付けました",
    News.CANCELLED: "利用権限の申請を取り消しました",
    News.REGISTERED: "認証システムの登録が完了しました",
    News.COMPLETED: "利用権限の申請の処理が完了しました",
}

LEADS: Mapping[News, str] = {
    News.ACCEPTED: "次の利用権限の申請を受け付けました。",
    News.CANCELLED: "次の利用権限の申請を取り消しました。",
    News.REGISTERED: """\
次の利用権限の申請について、認証システムの登録が完了しました。JUJU・LOACUSの処理は
続いています。完了したら、あらためてお知らせします。""",
    News.COMPLETED: "次の利用権限の申請の処理が、すべて完了しました。",
}

BODY = """\
{organization}
{manager} 様

{operator}です。
{lead}

■ 申請
申請番号:{number}({kind})
利用者:{person} 様
所属事業者:{belongs_to}
メールアドレス(ID):{login_id}

{sections}
■ 申請の画面
{link}

■ お問い合わせ
{contact}

このメールは自動で送信しています。返信はお受けできません。
"""

REASON = """\
■ 取消の理由
{reason}
"""
ENTER_ANEW = """\
内容をご確認のうえ、必要な場合は、もう一度新しく申請してください。
"""
MAILS = "認証情報のご案内メール:システム処理日に、ご本人に2通お届けします。"


@dataclass(frozen=True, slots=True)
class Asked:
    """One system of a request; `title` is empty where the right is taken away, `effect_at` None until it is done."""

    system: str
    title: str
    effect_at: datetime | None


def section(heading: str, lines: Iterable[str]) -> str:
    return "\n".join((f"■ {heading}", *lines)) + "\n"


def asked_section(asked: Iterable[Asked]) -> str:
    return section("申請の内容", (f"・{one.system} {one.title or '抹消'}" for one in asked))


def days_section(
    accepted_on: date, processing_date: date, starts: Iterable[tuple[str, date]], kind: str, confirmed_through: date
) -> str:
    """The days that an accepted request reaches (R5-34)."""
    way = [f"受付完了:{show_day(accepted_on)}", f"システム処理日:{promised_day(processing_date, confirmed_through)}"]
    mails = [MAILS] if kind == RequestKind.NEW else []
    begin = (f"{systems}の利用開始:{promised_day(day, confirmed_through)} 以降" for systems, day in starts)
    return section("日程", (*way, *mails, *begin))


def done_section(asked: Iterable[Asked]) -> str:
    """What is done, and from when it counts; the others are still to come."""
    return section("処理の状況", (f"・{one.system} {one.title or '抹消'}:{_state(one)}" for one in asked))


def reason_section(reason: str, *, was_phoned: bool) -> str:
    """Whoever was phoned enters it anew (R5-10 ②); what gave way to a removal isn't needed any more."""
    return REASON.format(reason=reason) + (ENTER_ANEW if was_phoned else "")


def number_section(user_number: str) -> str:
    return section("利用者番号", (user_number,))


def _state(one: Asked) -> str:
    if one.effect_at is None:
        return "未済"
    on = day_of(one.effect_at)
    moment = show_day(on) if one.effect_at == start_of(on) else show_time(one.effect_at)
    return f"済。{moment} に終了" if not one.title else f"済。{moment} 以降ご利用いただけます"
