"""The CAs whose certificates may be registered, as the operator names them (R4-2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from auth.certificate_facts import Unreadable, read_certificate
from auth.key_strength import CA_KEYS, is_strong
from auth.pem_file import CERTIFICATE, BrokenPem, PemBlock, pem_blocks


class UnusableCa(Exception):
    """The bundle of issuing CAs can't be used; `faults` names each reason."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(self.faults))


@dataclass(frozen=True, slots=True)
class IssuingCas:
    """One or more CAs, an old and a new one beside each other; their keys are pinned."""

    certificates: tuple[x509.Certificate, ...]

    @classmethod
    def from_pem(cls, bundles: Iterable[bytes]) -> Self:
        """Read the bundle once; raises UnusableCa. An expired CA may stay in it: its dates count at registration."""
        try:
            blocks = [block for bundle in bundles for block in pem_blocks(bundle)]
        except BrokenPem:
            raise UnusableCa(["the bundle is not whole PEM"]) from None
        faults = [fault for number, block in enumerate(blocks, 1) for fault in _faults(number, block)]
        if not blocks:
            faults.append("the bundle holds no certificate")
        if faults:
            raise UnusableCa(faults)
        return cls(tuple(read_certificate(block.der())[0] for block in blocks))

    def named(self, name: x509.Name) -> list[x509.Certificate]:
        return [ca for ca in self.certificates if ca.subject == name]

    def signer_of(self, certificate: x509.Certificate) -> x509.Certificate | None:
        """Whose pinned key it was: of two CAs of one name only one (A15)."""
        return next((ca for ca in self.named(certificate.issuer) if is_signed_by(certificate, ca)), None)


def is_signed_by(certificate: x509.Certificate, ca: x509.Certificate) -> bool:
    """Ask one pinned key; nothing that a client sends along is ever part of the question (A15, A23)."""
    try:
        certificate.verify_directly_issued_by(ca)
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def _faults(number: int, block: PemBlock) -> list[str]:
    if block.label != CERTIFICATE:
        return [f"block {number} is {block.label}, not a certificate"]
    try:
        certificate, facts = read_certificate(block.der())
    except (Unreadable, BrokenPem):
        return [f"block {number} can't be read"]
    faults = []
    if not (facts.is_ca and _may_sign_certificates(certificate)):
        faults.append(f"block {number} ({facts.subject}) is not a CA")
    if not is_strong(facts.public_key, CA_KEYS):
        faults.append(f"block {number} ({facts.subject}) has a weak key, {facts.public_key}")
    return faults


def _may_sign_certificates(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return True
