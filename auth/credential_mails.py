"""The two mails of a credential registration (R6-1), written when they are claimed: the days count from sending."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from auth.credential_links import credential_desk, token_for
from auth.credential_queries import LINK, ONE_TIME_PASSWORD, facts_of, locked_pair
from auth.credential_states import PairState, pair_state, pair_until
from auth.models import CredentialPair
from auth.one_time_passwords import one_time_password
from auth.usable_certificates import NO_CERTIFICATE, has_usable_certificate
from base.address_hashes import hash_of
from base.jst import show_time
from base.mail_claims import Composer
from base.mail_text import Composed, Held, Skipped
from base.outbox import Mail
from base.settings import Desk, Operator

LIST_ID = "accounts"
SUBJECTS = {LINK: "認証情報登録手順のご案内", ONE_TIME_PASSWORD: "認証情報登録用ワンタイムパスワード"}
SKIPPED = {
    PairState.USED: "すでに認証情報が登録されています。",
    PairState.KILLED: "新しい2通を送り直したか、登録を取りやめています。",
}

LINK_BODY = """\
{organization}
{person} 様

{operator} {desk}です。
託送情報共有サイトをご利用いただくための、認証情報(パスワードと秘密の質問)の
登録手順をご案内します。

■ 登録の手順
1. このメールとは別にお送りする「{other}」のメールをお手元にご用意ください。
2. クライアント証明書を入れたパソコンの Google Chrome で、次のURLを開いてください。

{link}

3. ワンタイムパスワードと、これからお使いになるパスワードを入力して
   「登録する」ボタンを押してください。

■ URLの有効期限
{until} まで(日本時間)
URLを使えるのは1回だけです。期限を過ぎたときや、別の1通が届かないときは、
ご本人から下記の窓口へお電話ください。2通を送り直します。
送り直すと、このURLは使えなくなります。

■ 登録する方
事業者:{organization}
氏名:{person} 様
ID:{login_id}

お心当たりがない場合は、URLを開かずに下記の窓口へご連絡ください。

■ お問い合わせ
{contact}

このメールは自動で送信しています。返信はお受けできません。
"""

ONE_TIME_BODY = """\
{organization}
{person} 様

{operator} {desk}です。
託送情報共有サイトの認証情報の登録に使う、ワンタイムパスワードをお知らせします。

■ ワンタイムパスワード

{one_time_password}

別にお送りする「{other}」のメールのURLを開き、表示された画面に入力して
ください。使えるのは1回だけです。5回間違えると使えなくなります。

■ ワンタイムパスワードの有効期限
{until} まで(日本時間)
期限を過ぎたときや、もう1通のメールが届かないときは、ご本人から下記の窓口へ
お電話ください。2通を送り直します。

ワンタイムパスワードを、ほかの方に知らせないでください。窓口の担当者が
お尋ねすることはありません。

■ お問い合わせ
{contact}

このメールは自動で送信しています。返信はお受けできません。
"""


@dataclass(frozen=True, slots=True)
class Sender:
    """What both letters need of the installation."""

    keys: Sequence[str]
    base_url: str
    operator: Operator
    days: int


def contact_lines(desk: Desk) -> str:
    lines = [desk.name, desk.phone and f"電話:{desk.phone}", desk.mail and f"メール:{desk.mail}", desk.hours]
    return "\n".join(line for line in lines if line)


def _letter(kind: str, pair: CredentialPair, sender: Sender, until: datetime) -> Composed:
    user, desk = pair.user, sender.operator.support_desk
    token = token_for(credential_desk(sender.keys), pair)
    words = {
        "organization": user.organization.name,
        "person": user.name_kanji,
        "operator": sender.operator.name,
        "desk": desk.name,
        "until": show_time(until),
        "login_id": user.login_id,
        "contact": contact_lines(desk),
    }
    if kind == LINK:
        body = LINK_BODY.format(
            **words, link=f"{sender.base_url}/credentials/{token}", other=SUBJECTS[ONE_TIME_PASSWORD]
        )
    else:
        shown = one_time_password(sender.keys, pair.public_id, hash_of(user.login_id))
        body = ONE_TIME_BODY.format(**words, one_time_password=shown, other=SUBJECTS[LINK])
    return Composed(SUBJECTS[kind], body, LIST_ID)


def _obstacle(session: Session, pair: CredentialPair, days: int, now: datetime) -> Skipped | Held | None:
    """Judged again at the moment of sending (F9). Sent although no PC could open it, a link would die unused."""
    state = pair_state(facts_of(pair), days, now)
    if state in SKIPPED:
        return Skipped(SKIPPED[state])
    if not has_usable_certificate(session, pair.user.organization_id, now):
        pair.hold_reason = NO_CERTIFICATE
        return Held(NO_CERTIFICATE)
    pair.hold_reason = None
    return None


def _stamp(pair: CredentialPair, kind: str, now: datetime) -> None:
    if kind == LINK:
        pair.link_sent_at = now
    else:
        pair.password_sent_at = now


def credential_composer(sender: Sender) -> Composer:
    """Each try stamps its own mail anew."""

    def compose(session: Session, mail: Mail, now: datetime) -> Composed | Skipped | Held:
        pair = locked_pair(session, mail.occasion.partition(":")[2])
        if pair is None:
            return Skipped("認証情報の登録が見つかりません。")
        obstacle = _obstacle(session, pair, sender.days, now)
        if obstacle is not None:
            return obstacle
        _stamp(pair, mail.kind, now)
        until = pair_until(facts_of(pair), sender.days) or now + timedelta(days=sender.days)
        return _letter(mail.kind, pair, sender, until)

    return compose
