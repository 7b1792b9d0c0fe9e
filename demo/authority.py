"""A certificate authority for the demo and the tests: elliptic curves, made anew in a blink, never for production."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH
SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH
LIST_FILE = "ca.crl"
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
TWO_YEARS = timedelta(days=730)
ONE_YEAR = timedelta(days=365)
_CRL_ADDRESS = "http://crl.demo-ca.example/demo.crl"
_SIGNS_CONNECTIONS = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
_SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Key = field(repr=False)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def p12(self, name: str, password: str, ca: x509.Certificate) -> bytes:
        """The file that a browser imports."""
        encryption = serialization.BestAvailableEncryption(password.encode())
        return pkcs12.serialize_key_and_certificates(name.encode(), self.key, self.certificate, [ca], encryption)


@dataclass(frozen=True, slots=True)
class Authority:
    ca: Issued

    def issue_server(
        self, hosts: Sequence[str] = LOCAL_HOSTS, *, not_before: datetime, lifetime: timedelta = ONE_YEAR
    ) -> Issued:
        """A year: browsers and scanners take servers' certificates of more than 398 days for a fault."""
        key = new_key()
        builder = self.builder(named(hosts[0]), key, not_before=not_before, not_after=not_before + lifetime)
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general_name(host) for host in hosts]), critical=False
        )
        return self.sign(builder.add_extension(x509.ExtendedKeyUsage([SERVER_AUTH]), critical=False), key)

    def issue_client(
        self,
        name: str = "pc",
        *,
        not_before: datetime,
        not_after: datetime | None = None,
        key: Key | None = None,
        serial: int | None = None,
        subject: x509.Name | None = None,
        usages: Sequence[x509.ObjectIdentifier] = (CLIENT_AUTH,),
        extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    ) -> Issued:
        """Two years for one PC unless told otherwise; `extensions` come with whether they are critical."""
        own_key = key or new_key()
        end = not_after or not_before + TWO_YEARS
        builder = self.builder(subject or named(name), own_key, not_before=not_before, not_after=end, serial=serial)
        if usages:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        for extension, is_critical in extensions:
            builder = builder.add_extension(extension, is_critical)
        return self.sign(builder, own_key)

    def publish_list(
        self,
        revoked: Mapping[int, datetime],
        *,
        since: datetime,
        until: datetime,
        number: int | None = 1,
        extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
        lines: Sequence[x509.RevokedCertificate] = (),
    ) -> bytes:
        """The revocation list in PEM: serial and since when; `lines` are taken as they are."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.ca.certificate.subject).last_update(since)
        builder = builder.next_update(until)
        numbered = [] if number is None else [(x509.CRLNumber(number), False)]
        for extension, is_critical in [(_authority_key(self.ca.key), False), *numbered, *extensions]:
            builder = builder.add_extension(extension, is_critical)
        for line in [*(_revoked(serial, at) for serial, at in revoked.items()), *lines]:
            builder = builder.add_revoked_certificate(line)
        return builder.sign(self.ca.key, hash_for(self.ca.key)).public_bytes(serialization.Encoding.PEM)

    def builder(
        self, subject: x509.Name, key: Key, *, not_before: datetime, not_after: datetime, serial: int | None = None
    ) -> x509.CertificateBuilder:
        crl = x509.DistributionPoint([x509.UniformResourceIdentifier(_CRL_ADDRESS)], None, None, None)
        return (
            _dated(subject, key, not_before, not_after)
            .issuer_name(self.ca.certificate.subject)
            .serial_number(x509.random_serial_number() if serial is None else serial)
            .add_extension(_authority_key(self.ca.key), critical=False)
            .add_extension(_SIGNS_CONNECTIONS, critical=True)
            .add_extension(x509.CRLDistributionPoints([crl]), critical=False)
        )

    def sign(self, builder: x509.CertificateBuilder, key: Key) -> Issued:
        return Issued(builder.sign(self.ca.key, hash_for(self.ca.key)), key)


def make_authority(
    name: str = "Demo Client CA",
    *,
    not_before: datetime,
    lifetime: timedelta = 5 * TWO_YEARS,
    key: Key | None = None,
) -> Authority:
    own_key = key or new_key()
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Demo CA Example"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    builder = (
        _dated(subject, own_key, not_before, not_before + lifetime)
        .issuer_name(subject)
        .serial_number(x509.random_serial_number())
        .add_extension(_authority_key(own_key), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_SIGNS_CERTIFICATES, critical=True)
    )
    return Authority(Issued(builder.sign(own_key, hash_for(own_key)), own_key))


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def hash_for(key: Key) -> hashes.SHA256 | None:
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def write_authority(folder: Path, authority: Authority) -> Path:
    """Write `ca.crt`; the CA's key stays in memory."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "ca.crt"
    file.write_bytes(authority.ca.pem)
    return file


def write_list(folder: Path, content: bytes) -> Path:
    """Beside the CA."""
    file = folder / LIST_FILE
    file.write_bytes(content)
    return file


def write_server(folder: Path, issued: Issued) -> tuple[Path, Path]:
    """Write `server.crt` and `server.key`."""
    folder.mkdir(parents=True, exist_ok=True)
    certificate, key = folder / "server.crt", folder / "server.key"
    certificate.write_bytes(issued.pem)
    _write_secret(key, issued.key_pem)
    return certificate, key


def write_client(folder: Path, name: str, issued: Issued, authority: Authority, password: str) -> None:
    """Write `clients/NAME.crt`, `.key` and `.p12`."""
    clients = folder / "clients"
    clients.mkdir(parents=True, exist_ok=True)
    (clients / f"{name}.crt").write_bytes(issued.pem)
    _write_secret(clients / f"{name}.key", issued.key_pem)
    _write_secret(clients / f"{name}.p12", issued.p12(name, password, authority.ca.certificate))


def _write_secret(file: Path, content: bytes) -> None:
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(content)


def _dated(subject: x509.Name, key: Key, not_before: datetime, not_after: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _revoked(serial: int, at: datetime) -> x509.RevokedCertificate:
    line = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at)
    return line.add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False).build()


def _authority_key(key: Key) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
