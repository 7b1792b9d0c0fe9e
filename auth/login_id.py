"""Which e-mail address may be a login ID (R5-6), and when two are the same (R5-7)."""

import re
import string

from email_validator import EmailNotValidError, validate_email

from base.refusals import Refused
from base.sentences import say

LOCAL_SYMBOLS = "-_.~$&'^`="
DOMAIN_SYMBOLS = "-."
LONGEST = 254

_LETTERS_AND_DIGITS = frozenset(string.ascii_letters + string.digits)
_LOCAL = _LETTERS_AND_DIGITS | frozenset(LOCAL_SYMBOLS)
_DOMAIN = _LETTERS_AND_DIGITS | frozenset(DOMAIN_SYMBOLS)

_PRINTABLE_ASCII = re.compile(r"[!-~]+")

_TO_ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def fold(login_id: str) -> str:
    """The form in which IDs are compared: ASCII case is ignored and nothing else; Refused where it can't be an ID."""
    if not _PRINTABLE_ASCII.fullmatch(login_id):
        raise Refused(_reason_against_characters(login_id))
    return login_id.translate(_TO_ASCII_LOWER)


def refusal_for(login_id: str) -> str | None:
    """Why the address can't be an ID, as far as can be told without asking the network (R5-6)."""
    if not _PRINTABLE_ASCII.fullmatch(login_id):
        return _reason_against_characters(login_id)
    if len(login_id) > LONGEST:
        return say("メールアドレスは%(longest)s文字以内で入力してください。", longest=LONGEST)
    local, at, domain = login_id.partition("@")
    if not (local and at and domain):
        return say("「name@company.example」のように、@の前後を含めて入力してください。")
    return _reason_against_symbols(local, domain) or _reason_against_form(login_id)


def _reason_against_characters(login_id: str) -> str:
    if not login_id:
        return say("メールアドレスを入力してください。")
    if any(character.isspace() for character in login_id):
        return say("メールアドレスに空白や改行は使えません。")
    if login_id.isascii():
        return say("メールアドレスに制御文字は使えません。")
    odd = next(character for character in login_id if not character.isascii())
    shown = f"「{odd}」" if odd.isprintable() else say("文字コード U+%(odd)s の文字", odd=f"{ord(odd):04X}")
    return say("メールアドレスは半角の英数字と記号で入力してください(%(shown)sは使えません)。", shown=shown)


def _reason_against_symbols(local: str, domain: str) -> str | None:
    for part, allowed, where, symbols in (
        (local, _LOCAL, say("@の前"), LOCAL_SYMBOLS),
        (domain, _DOMAIN, say("@の後"), DOMAIN_SYMBOLS),
    ):
        odd = next((character for character in part if character not in allowed), None)
        if odd:
            return say(
                "%(where)sに「%(odd)s」は使えません。使えるのは半角の英数字と %(symbols)s です。",
                where=where,
                odd=odd,
                symbols=" ".join(symbols),
            )
    return None


def _reason_against_form(login_id: str) -> str | None:
    try:
        validate_email(login_id, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        return say("メールが届く形のアドレスではありません。「.」や「-」の位置、@の後のドメイン名を確認してください。")
    return None
