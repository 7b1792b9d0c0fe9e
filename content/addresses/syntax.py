"""Which address a contact manager's notices may go to (R7-10); wider than an ID (R5-6), since it need not be one."""

from email_validator import EmailNotValidError, validate_email

from auth.names import kanji_refusal_for, tidy_kanji
from base.mail_address import one_address
from base.refusals import Refused
from base.sentences import say


def contact_address(typed: str) -> str:
    """The address as it is stored; `Refused` at the field `address`, as far as can be told without the network."""
    reason = _reason_against_characters(typed)
    if reason:
        raise Refused(reason, field="address")
    address = one_address(typed)
    # Only the domain is asked about: what carriers allow before the @ (`a..b@…`) is stricter in the book than in life.
    try:
        validate_email(f"x@{address.rpartition('@')[2]}", check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as fault:
        raise Refused(
            say("@の後のドメイン名が正しくありません。「.」や「-」の位置をご確認ください。"), "address"
        ) from fault
    return address


def contact_name(typed: str) -> str:
    """The person's name as it is stored; `Refused` at the field `person_name`."""
    name = tidy_kanji(typed)
    if reason := kanji_refusal_for(name):
        raise Refused(reason, field="person_name")
    return name


def _reason_against_characters(typed: str) -> str | None:
    if not typed:
        return say("メールアドレスを入力してください。")
    if any(sign.isspace() for sign in typed):
        return say("メールアドレスに空白や改行は使えません。1件だけ入力してください。")
    odd = next((sign for sign in typed if not sign.isascii()), None)
    if odd:
        shown = f"「{odd}」" if odd.isprintable() else say("文字コード U+%(odd)s の文字", odd=f"{ord(odd):04X}")
        return say("メールアドレスは半角の英数字と記号で入力してください(%(shown)sは使えません)。", shown=shown)
    local, _at, domain = typed.rpartition("@")
    if not (local and domain):
        return say("「name@company.example」のように、@の前後を含めて入力してください。")
    return None
