"""The list of people as rows for Excel (R2-3)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from auth.account_states import account_tag
from auth.credential_queries import state_of
from auth.credential_states import STATE_TAGS
from auth.models import CredentialPair, User
from auth.user_queries import facts_of, is_dormant
from base.csv_out import csv_moment

HEADINGS = (
    *("事業者", "委託先事業者", "利用者名(漢字)", "利用者名(カナ)", "メールアドレス(ID)", "役割", "アカウントの状態"),
    *(
        "長期未使用",
        "最終ログイン",
        "最終ログインのパソコン",
        "パスワード設定日時",
        "認証情報登録のメール",
        "アカウント作成日時",
    ),
)
ROLES = {
    "primary": "システム窓口責任者(正担当)",
    "deputy": "システム窓口責任者(副担当)",
    "reception": "託送受付センター",
    "operations": "システム運営部門",
    "administrator": "管理者",
}


def role_of(user: User) -> str:
    return ROLES.get(user.staff_role or user.contact_role or "", "システム利用者")


def csv_rows(
    people: Sequence[User], pairs: Mapping[int, CredentialPair], password_days: int, pair_days: int, now: datetime
) -> Iterator[tuple[str, ...]]:
    yield HEADINGS
    for user in people:
        pair = pairs.get(user.id)
        yield (
            user.organization.name,
            user.contractor.name if user.contractor else "",
            *(user.name_kanji, user.name_kana, user.login_id, role_of(user)),
            account_tag(facts_of(user, password_days, now))[0],
            "120日以上" if is_dormant(user, now) else "",
            *(csv_moment(user.last_login_at), user.last_login_pc or "", csv_moment(user.password_set_at)),
            STATE_TAGS[state_of(pair, pair_days, now)][0] if pair else "",
            csv_moment(user.created_at),
        )
