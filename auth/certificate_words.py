"""What the states of certificates are called on screens and in files; a tag is its words and its colour."""

from auth.certificate_states import CertificateState, Succession

STATE_TAGS: dict[CertificateState, tuple[str, str]] = {
    CertificateState.VALID: ("有効", "green"),
    CertificateState.EXPIRING: ("まもなく期限", "amber"),
    CertificateState.EXPIRED: ("期限切れ", "red"),
    CertificateState.SUSPENDED: ("停止中", "amber"),
    CertificateState.REVOKED: ("失効", "red"),
    CertificateState.NOT_YET: ("有効期間前", "blue"),
}
SUCCESSIONS: dict[Succession, str] = {
    Succession.SAME_PC: "登録済み",
    Succession.OTHER_PC: "別のPC名で登録あり",
    Succession.NONE: "なし",
}


def grouped(number: str) -> str:
    """In whole bytes, as Windows shows them, and in fours, to be read aloud; the search takes it back as it stands."""
    digits = number.zfill(len(number) + len(number) % 2)
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4)).upper()
