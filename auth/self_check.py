"""What the self-check answers (R9-6): of the certificate and the address that were seen, and of nothing else."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from auth.certificate_facts import CertificateFacts
from auth.certificate_rules import Reason, RegisteredFacts, login_refusal


class Standing(StrEnum):
    """How the certificate stands in the registry, apart from what the connection itself has against it."""

    REGISTERED = "registered"
    UNKNOWN = "unknown"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """`refusal` None: the door is open to this certificate. `facts` None: none was seen, or none that can be read.

    `is_domestic` None: nobody has asked. `code`: what the person reads out to the desk, which finds it in the log.
    """

    refusal: Reason | None
    facts: CertificateFacts | None
    standing: Standing
    address: str
    is_domestic: bool | None
    is_local: bool
    code: str


def standing_of(registered: RegisteredFacts | None) -> Standing:
    if registered is None:
        return Standing.UNKNOWN
    if registered.is_revoked:
        return Standing.REVOKED
    if registered.is_suspended:
        return Standing.SUSPENDED
    return Standing.REGISTERED if registered.has_active_organization else Standing.ENDED


def refusal_of(
    facts: CertificateFacts | None, handshake: Reason | None, registered: RegisteredFacts | None, now: datetime
) -> Reason | None:
    """As the gate decides: first what the front has found, then the registry."""
    if handshake is not None or facts is None:
        return handshake or Reason.UNREADABLE
    return login_refusal(facts, registered, now)
