"""The one client certificate in a file that a person chose: PEM, DER or PKCS#7; whatever else it is, it is named (R4-3, R8-3)."""

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from auth.certificate_facts import LARGEST_DER, PARSER_FAULTS, Unreadable, quietly, read_certificate
from auth.pem_file import CERTIFICATE, BrokenPem, PemBlock, pem_blocks
from base.sentences import say

LARGEST_FILE = 4 * LARGEST_DER
MOST_IN_CHAIN = 20

_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_PFX_VERSION = bytes.fromhex("020103")
_KEY_VERSIONS = (bytes.fromhex("020100"), bytes.fromhex("020101"))
_PKCS7_LABELS = {"PKCS7", "CMS", "PKCS #7 SIGNED DATA"}
_REQUEST_LABELS = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}

UNREADABLE = say("証明書として読み取れません。")
EMPTY = say("ファイルが空です。")
TOO_LARGE = say("ファイルが大きすぎます。証明書だけのファイルを選んでください。")
PRIVATE_KEY = say("秘密鍵が含まれています。秘密鍵は誰にも渡さず、証明書だけのファイルを選んでください。")
WITH_KEY = say("PFX形式(.pfx・.p12)で、秘密鍵が含まれています。証明書だけを書き出したファイルを選んでください。")
REQUEST = say("証明書の発行要求(CSR)です。認証局から発行された証明書を選んでください。")
SEVERAL = say("ファイルには証明書を1枚だけ入れてください。")
SEVERAL_LEAVES = say("PC用の証明書が2枚以上含まれています。1枚ずつのファイルにしてください。")
ONLY_CAS = say("認証局の証明書だけが含まれています。PCに入れたクライアント証明書を選んでください。")
OTHER_BLOCK = say("証明書ではないものが含まれています。証明書だけのファイルを選んでください。")
LONG_CHAIN = say("含まれている証明書が多すぎます。")


def der_of_file(file: bytes) -> bytes:
    """The certificate's DER; `Unreadable` says what the file is instead. A PKCS#7 may carry the chain with its one leaf."""
    if not file.strip():
        raise Unreadable(EMPTY)
    if len(file) > LARGEST_FILE:
        raise Unreadable(TOO_LARGE)
    return _der_of_pem(file) if b"-----BEGIN " in file else _der_of_binary(file)


def _der_of_pem(file: bytes) -> bytes:
    try:
        blocks = pem_blocks(file)
        if fault := _fault_of(blocks):
            raise Unreadable(fault)
        return _der_of_binary(blocks[0].der())
    except BrokenPem as fault:
        raise Unreadable(UNREADABLE) from fault


def _fault_of(blocks: list[PemBlock]) -> str | None:
    """A key is named before all else, whatever stands beside it."""
    labels = {block.label for block in blocks}
    if any("PRIVATE KEY" in label for label in labels):
        return PRIVATE_KEY
    if labels & _REQUEST_LABELS:
        return REQUEST
    if labels - _PKCS7_LABELS - {CERTIFICATE}:
        return OTHER_BLOCK
    return None if len(blocks) == 1 else SEVERAL


def _der_of_binary(der: bytes) -> bytes:
    inside = _inside(der)
    if inside.startswith(_SIGNED_DATA):
        return _leaf_of(der)
    if inside.startswith(_PFX_VERSION):
        raise Unreadable(WITH_KEY)
    if inside.startswith(_KEY_VERSIONS):
        raise Unreadable(PRIVATE_KEY)
    if _is_request(der):
        raise Unreadable(REQUEST)
    return der


def _inside(der: bytes) -> bytes:
    """What stands behind the header of the outermost sequence; nothing where there is none."""
    if len(der) < 2 or der[0] != 0x30:
        return b""
    return der[2 + (der[1] & 0x7F if der[1] > 0x80 else 0) :]


def _is_request(der: bytes) -> bool:
    try:
        with quietly():
            x509.load_der_x509_csr(der)
    except PARSER_FAULTS:
        return False
    return True


def _leaf_of(chain: bytes) -> bytes:
    try:
        with quietly():
            ders = [each.public_bytes(Encoding.DER) for each in pkcs7.load_der_pkcs7_certificates(chain)]
    except PARSER_FAULTS as fault:
        raise Unreadable(UNREADABLE) from fault
    if len(ders) > MOST_IN_CHAIN:
        raise Unreadable(LONG_CHAIN)
    leaves = [der for der in ders if not read_certificate(der)[1].is_ca]
    if not leaves:
        raise Unreadable(ONLY_CAS)
    if len(leaves) > 1:
        raise Unreadable(SEVERAL_LEAVES)
    return leaves[0]
