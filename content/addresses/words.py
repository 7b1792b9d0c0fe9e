"""What the states of addresses and the subjects of mails are called on screens; a tag is its words and its colour."""

from auth import credential_mails, reset_mails
from auth.certificate_mails import SUBJECT as CERTIFICATE_ENDS_SUBJECT
from auth.certificate_notices import KIND as CERTIFICATE_ENDS
from auth.dormancy_words import MAIL_SUBJECTS as DORMANCY_SUBJECTS
from auth.password_resets import RESET
from base.outbox import Mail
from content.addresses.queries import VERIFY_ADDRESS
from content.addresses.states import AddressState
from content.mailing.chases import REMINDER
from content.mailing.publications import PUBLICATION
from content.mailing.trial_mails import TRIAL
from rights.processing.delay_mails import NAME as DELAY_NAME
from rights.processing.delays import KIND as PROCESSING_DELAYED
from rights.request_letters import SUBJECTS as REQUEST_SUBJECTS
from rights.starting_mails import SUBJECT as RIGHTS_START_SUBJECT
from rights.starting_news import KIND as RIGHTS_START

STATE_TAGS: dict[AddressState, tuple[str, str]] = {
    AddressState.PROVISIONAL: ("仮登録", "amber"),
    AddressState.HELD: ("送信保留", "amber"),
    AddressState.EXPIRED: ("期限切れ", "red"),
    AddressState.VERIFIED: ("本登録済み", "green"),
    AddressState.REMOVED: ("削除済み", ""),
}

SUBJECTS: dict[str, str] = {
    VERIFY_ADDRESS: "メールアドレスのご登録依頼",
    PUBLICATION: "掲載情報更新通知メール",
    REMINDER: "確認のお願い(催促)",
    TRIAL: "掲載情報更新通知メール(テスト)",
    CERTIFICATE_ENDS: CERTIFICATE_ENDS_SUBJECT,
    **credential_mails.SUBJECTS,
    RESET: reset_mails.SUBJECT,
    **DORMANCY_SUBJECTS,
    **{news.value: subject for news, subject in REQUEST_SUBJECTS.items()},
    RIGHTS_START: RIGHTS_START_SUBJECT,
    PROCESSING_DELAYED: DELAY_NAME,
}


def subject_of(mail: Mail) -> str:
    """What the mail is about, in staff's words."""
    return SUBJECTS.get(mail.kind, mail.kind)
