"""The words of the audit trail: what each action is called, to which kind it belongs, and what its facts mean (R6-8, R8-1)."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from base.jst import show_day, show_second

GROUPS: dict[str, str] = {
    "login": "ログイン",
    "failure": "ログインの失敗",
    "lock": "ロック・解除",
    "credential": "パスワード・認証情報",
    "session": "セッション",
    "certificate": "クライアント証明書",
    "user": "利用者の登録",
    "request": "利用権限の申請",
    "inventory": "棚卸",
    "article": "記事・ファイル",
    "stop": "システムの停止と障害",
    "address": "連絡先メール",
    "mail": "メールの送信",
    "dormancy": "長期未使用ID",
    "geo": "接続元の制限",
    "setting": "設定",
    "audit": "監査証跡",
}

# Action: its kind, and what it is called.
ACTIONS: dict[str, tuple[str, str]] = {
    "login.in": ("login", "ログインした"),
    "login.failed": ("failure", "ログインに失敗した"),
    "login.imported": ("user", "最終ログインを取り込んだ"),
    "account.locked": ("lock", "アカウントをロックした"),
    "account.unlocked": ("lock", "ロックを解除した"),
    "account.deleted": ("dormancy", "アカウントを削除した"),
    "dormancy.forced": ("dormancy", "中止された長期未使用IDの処理を実行させた"),
    "dormancy.warned": ("dormancy", "長期未使用の警告を送った"),
    "password.set": ("credential", "パスワードを設定した"),
    "password.refused": ("credential", "パスワードの変更に失敗した"),
    "password.reset_asked": ("credential", "パスワードの再設定を申し込んだ"),
    "password.reset": ("credential", "パスワードを再設定した"),
    "password.answer_wrong": ("credential", "秘密の質問の答えを誤った"),
    "question.set": ("credential", "秘密の質問を設定した"),
    "credentials.started": ("credential", "認証情報の登録を始めた"),
    "credentials.released": ("credential", "認証情報の案内の保留が解けた"),
    "credentials.registered": ("credential", "認証情報を登録した"),
    "credentials.ended": ("credential", "認証情報の案内を無効にした"),
    "credentials.wrong_password": ("credential", "ワンタイムパスワードを誤った"),
    "language.set": ("setting", "表示の言語を変えた"),
    "allowed_address.added": ("geo", "接続元の許可を登録した"),
    "allowed_address.confirmed": ("geo", "接続元の許可を見直した"),
    "allowed_address.ended": ("geo", "接続元の許可を終えた"),
    "session.ended": ("session", "セッションを終えた"),
    "certificate.registered": ("certificate", "証明書を登録した"),
    "certificate.suspended": ("certificate", "証明書を停止した"),
    "certificate.resumed": ("certificate", "証明書の停止を解いた"),
    "certificate.revoked": ("certificate", "証明書を失効させた"),
    "certificate.end_told": ("certificate", "証明書の期限を知らせた"),
    "ca.added": ("certificate", "認証局を登録した"),
    "ca.resumed": ("certificate", "認証局を再び登録した"),
    "ca.ended": ("certificate", "認証局を終えた"),
    "ca.list_taken": ("certificate", "失効リストを取り込んだ"),
    "ca.list_failed": ("certificate", "失効リストを取り込めなかった"),
    "ca.list_source_set": ("certificate", "失効リストの場所を設定した"),
    "ca.list_source_removed": ("certificate", "失効リストの場所を外した"),
    "jnote.checked": ("request", "J-noteのID一覧を確認した"),
    "jnote.taken_over": ("request", "J-noteのID一覧を入れ替えた"),
    "request.draft_kept": ("request", "申請の下書きを残した"),
    "request.draft_discarded": ("request", "申請の下書きを破棄した"),
    "request.entered": ("request", "申請した"),
    "request.accepted": ("request", "申請を受け付けた"),
    "request.cancelled": ("request", "申請を取り消した"),
    "request.withdrawn": ("request", "申請を取り下げた"),
    "request.changed": ("request", "利用権限の変更を申請した"),
    "request.removal": ("request", "利用権限の抹消を申請した"),
    "request.corrected": ("request", "氏名・所属を訂正した"),
    "request.ordered": ("request", "処理日の処理を行った"),
    "request.registered": ("request", "認証システムの登録完了を入力した"),
    "request.carried_out": ("request", "JUJU/LOACUSの設定完了を入力した"),
    "request.completed": ("request", "申請の処理が完了した"),
    "right.imported": ("user", "利用権限を取り込んだ"),
    "bulk.uploaded": ("request", "申請のファイルを送った"),
    "bulk.sent": ("request", "ファイルの申請を送信した"),
    "bulk.discarded": ("request", "申請のファイルを破棄した"),
    "bulk.entered": ("request", "ファイルの申請を登録した"),
    "request.result": ("request", "システムからの結果を記録した"),
    "processing.delayed": ("request", "処理日の利用開始日を変更した"),
    "inventory.started": ("inventory", "棚卸を始めた"),
    "inventory.ended": ("inventory", "棚卸を終了した"),
    "inventory.reminded": ("inventory", "棚卸の催促メールを送った"),
    "inventory.answered": ("inventory", "棚卸に回答した"),
    "inventory.answer_taken_back": ("inventory", "棚卸の回答を取り消した"),
    "inventory.completed": ("inventory", "棚卸を完了した"),
    "article drafted": ("article", "下書きを作った"),
    "article saved": ("article", "下書きを保存した"),
    "article published": ("article", "記事を掲載した"),
    "article review asked": ("article", "記事の承認を依頼した"),
    "article review taken back": ("article", "記事の承認の依頼を取りやめた"),
    "article approved": ("article", "記事を承認した"),
    "article returned": ("article", "記事を差し戻した"),
    "article scheduled": ("article", "記事の公開を予定した"),
    "article unscheduled": ("article", "記事の公開の予定を取りやめた"),
    "article went public": ("article", "予定した記事が公開された"),
    "article end changed": ("article", "記事の掲載終了を変えた"),
    "article updated": ("article", "掲載中の記事を更新した"),
    "article marked": ("article", "記事の表示を変えた"),
    "acknowledgement asked": ("article", "記事の確認を依頼した"),
    "acknowledgement not asked": ("article", "記事の確認の依頼を取りやめた"),
    "article acknowledged": ("article", "記事を確認した"),
    "trial mail queued": ("article", "更新通知メールを自分にテスト送信した"),
    "reminders queued": ("article", "未確認の事業者へ催促メールを送った"),
    "article copied": ("article", "記事の写しを作った"),
    "article restored": ("article", "下書きを前の版に戻した"),
    "template saved": ("article", "記事のひな形を保存した"),
    "template reset": ("article", "記事のひな形を標準に戻した"),
    "typed words discarded": ("article", "保存していない入力を破棄した"),
    "text.saved": ("article", "お問い合わせ・FAQの文面を保存した"),
    "article withdrawn": ("article", "記事を取り下げた"),
    "attachment added": ("article", "添付ファイルを加えた"),
    "attachment removed": ("article", "添付ファイルを外した"),
    "manual begun": ("article", "資料の版の管理を始めた"),
    "manual version added": ("article", "資料の新しい版を登録した"),
    "manual change corrected": ("article", "資料の変更点を直した"),
    "manual renamed": ("article", "資料の名前を変えた"),
    "manual version taken back": ("article", "資料の版を取り下げた"),
    "stop.planned": ("stop", "計画停止を登録した"),
    "stop.changed": ("stop", "計画停止を変更した"),
    "stop.called_off": ("stop", "計画停止を取り止めた"),
    "stop.ended": ("stop", "計画停止を早く終えた"),
    "disturbance.begun": ("stop", "障害を登録した"),
    "disturbance.told": ("stop", "障害の経過を追記した"),
    "disturbance.ended": ("stop", "障害の復旧を登録した"),
    "hours.changed": ("stop", "利用時間の変更を登録した"),
    "hours.taken_back": ("stop", "利用時間の変更を取り消した"),
    "feed.made": ("setting", "カレンダーの購読アドレスを作った"),
    "feed.renewed": ("setting", "カレンダーの購読アドレスを作り直した"),
    "address.registered": ("address", "連絡先を仮登録した"),
    "address.link_sent_again": ("address", "登録依頼メールを送り直した"),
    "address.link_sent_anyway": ("address", "保留中の登録依頼メールを送った"),
    "address.link_released": ("address", "登録依頼メールの保留が解けた"),
    "address.verified": ("address", "連絡先を本登録した"),
    "address.removed": ("address", "連絡先を削除した"),
    "mail.sent_again": ("mail", "メールを送り直した"),
    "mail.sent_anyway": ("mail", "保留中のメールを送った"),
    "mail.settled": ("mail", "メールを対応済みにした"),
    "mails sent again": ("mail", "更新通知メールを送り直した"),
    "calendar.changed": ("setting", "休業日を変えた"),
    "calendar.told": ("setting", "休業日の変更を窓口責任者に知らせた"),
    "calendar.confirmed": ("setting", "年の休業日を確認済みにした"),
    "calendar.unconfirmed": ("setting", "年の休業日の確認を取り消した"),
    "request.rescheduled": ("request", "休業日の変更で処理日が動いた"),
    "clock.trusted": ("setting", "サーバーの時計が正しいと認めた"),
    "audit.exported": ("audit", "監査証跡をCSVで取り出した"),
}

FACTS: dict[str, str] = {
    "closing_days": "休業日の変更",
    "dates_moved": "動いた日付の数",
    "organizations": "事業者の数",
    "year": "年",
    "time": "時刻",
    "address": "アドレス",
    "approver": "承認者",
    "effect": "内容と影響",
    "from_at": "開始日時",
    "until_at": "終了の予定",
    "from_day": "いつから",
    "hours": "利用時間",
    "next_update_at": "次のお知らせの予定",
    "system": "システム",
    "words": "お知らせ",
    "article": "記事",
    "at": "公開日時",
    "by": "だれが",
    "cancel_reason": "取消の理由",
    "cancelled_mails": "取りやめたメール",
    "certificates": "証明書の数",
    "counted_from": "起算日時",
    "days": "日数",
    "identified_by": "ご本人を確認した方法",
    "last_login_at": "最終ログイン",
    "locked_at": "ロック日時",
    "sessions_ended": "終えたセッション",
    "stage": "段階",
    "ended_at": "終了日時",
    "ends_at": "掲載終了",
    "go_live_at": "公開の予定",
    "subject": "証明書の名義",
    "contractor_id": "所属事業者の番号",
    "files": "添付ファイルの数",
    "fingerprint": "指紋(SHA-256)",
    "hold_reason": "保留の理由",
    "important_until": "重要の期限",
    "is_pinned": "固定表示",
    "johs": "JOHS",
    "juju": "JUJU",
    "kind": "種別",
    "lines_added": "加わった失効",
    "lines_removed": "外れた失効",
    "list_number": "失効リストの番号",
    "list_until": "失効リストの期限",
    "loacus": "LOACUS",
    "login_id": "メールアドレス(ID)",
    "mails": "メール",
    "manual_version": "資料の版",
    "file": "ファイル",
    "what_changed": "変更点",
    "memo": "申請メモ",
    "name": "名前",
    "bytes": "バイト数",
    "rows": "件数",
    "requests": "申請件数",
    "name_kana": "利用者名(カナ)",
    "name_kanji": "利用者名(漢字)",
    "network": "IPアドレス",
    "number": "申請番号",
    "occasion": "送信のきっかけ",
    "page": "ページ",
    "pc": "パソコン",
    "person_name": "氏名",
    "phoned_at": "電話をした日時",
    "phoned_to": "電話をした相手",
    "processing_date": "システム処理日",
    "reason": "理由",
    "recalled_mails": "取り止めたメール",
    "review_on": "見直し期日",
    "restored": "戻した版",
    "revision": "版",
    "session": "セッション",
    "sha256": "SHA-256",
    "source": "取得元",
    "size": "大きさ(バイト)",
    "state": "状態",
    "suppress_reason": "通知メールを送らない理由",
    "tags": "タグ",
    "taxis": "TAXIS",
    "title": "件名",
    "title_en": "英語の件名",
    "told": "ロック中と伝えた",
    "version": "リンクの版",
    "was_due_on": "前の見直し期日",
    "why": "事情",
    "due_on": "回答の期限",
    "people": "人数",
    "answer": "回答",
    "keep": "継続",
    "change": "変更",
    "remove": "抹消",
    "gone": "権限なし",
}

# What the trail says in its own words; whatever people typed is shown as it is.
VALUES: dict[str, str] = {
    "unknown ID or foreign certificate": "IDが登録されていない、または他事業者の証明書",
    "wrong password": "パスワードの誤り",
    "locked": "ロック中",
    "locked or changed meanwhile": "確認中にロックまたはパスワード変更があった",
    "no right": "利用権限がない",
    "password": "パスワードの連続した誤り",
    "answer": "秘密の質問の答えの連続した誤り",
    "dormancy": "長期未使用",
    "staff": "担当者の操作",
    "logout": "ログアウト",
    "another login": "続けてのログイン",
    "idle": "操作のない時間が続いた",
    "too long": "ログインから時間がたった",
    "another certificate": "別の証明書で使われた",
    "account locked": "アカウントのロック",
    "account deleted": "アカウントの削除",
    "organization ended": "事業者の利用終了",
    "certificate not registered for the organization": "証明書がこの事業者に登録されていない",
    "no right left": "利用権限がなくなった",
    "warning1": "警告1",
    "warning2": "警告2",
    "lock": "ロック",
    "deletion": "削除",
    "new password": "パスワードの変更",
    "set anew": "IDの新しい設定",
    "goes on under a new id": "パスワードを変更し、新しいセッションで続けた",
    "too many at once": "同時にログインできる数を超えた",
    "ended by the person": "本人が終えた",
    "ended by staff": "担当者が終えた",
    "ja": "日本語",
    "en": "英語",
    "entered": "受付待ち",
    "accepted": "処理中",
    "completed": "処理完了",
    "cancelled": "申請取消",
    "withdrawn": "申請取下げ",
    "new": "新規",
    "change": "変更",
    "removal": "抹消",
    "keep": "継続",
    "remove": "抹消",
    "business": "業務",
    "system-change": "システム変更",
    "planned-stop": "計画停止",
    "disturbance": "障害",
    "update": "更新通知",
    "verify-address": "登録依頼",
}

# Facts whose values are our own words, not somebody's.
SPOKEN = frozenset({"why", "reason", "state", "kind", "stage", "answer"})

MOMENT = re.compile(r"20\d\d-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?\+00:00")
DAY = re.compile(r"20\d\d-\d\d-\d\d")


def groups_in_use() -> dict[str, str]:
    """Those that a line can belong to."""
    kinds = {kind for kind, _label in ACTIONS.values()}
    return {kind: label for kind, label in GROUPS.items() if kind in kinds}


def actions_of(group: str) -> tuple[str, ...]:
    return tuple(action for action, (kind, _label) in ACTIONS.items() if kind == group)


def action_words(action: str) -> tuple[str, str]:
    """The kind and what it is called; an action without words speaks for itself."""
    return ACTIONS.get(action, ("", action))


def fact_words(name: str) -> str:
    """What a fact is called; one without words shows its own name."""
    return FACTS.get(name, name)


def value_words(name: str, value: Any, say: Callable[[str], str], locale: str = "ja") -> str:
    """A fact's value as people read it: our own words in their language, what somebody typed as it was typed."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return say("はい") if value else say("いいえ")
    if isinstance(value, list):
        return "、".join(value_words(name, each, say, locale) for each in value) or "–"
    if isinstance(value, dict):
        return "、".join(f"{say(fact_words(key))}:{value_words(key, each, say, locale)}" for key, each in value.items())
    text = str(value)
    if name in SPOKEN and text in VALUES:
        return say(VALUES[text])
    return _time(text, locale) or text


def _time(text: str, locale: str) -> str | None:
    """As the trail writes times: with their zone, days without."""
    try:
        if MOMENT.fullmatch(text):
            return show_second(datetime.fromisoformat(text), locale)
        return show_day(date.fromisoformat(text), locale) if DAY.fullmatch(text) else None
    except ValueError:
        return None
