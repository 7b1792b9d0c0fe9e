"""Which network may stand in the allow-list (R2-8, H5): one address, or a small network, of the open Internet."""

from collections.abc import Iterable
from ipaddress import IPv6Network, ip_address, ip_network

from auth.origin_rules import EMBEDDING, LOCAL, Network
from base.refusals import Refused
from base.sentences import say

# The shortest prefix that is small enough.
WIDEST = {4: 29, 6: 64}
FIELD = "network"
UNREADABLE = say(
    "IPアドレスとして読み取れません。「198.51.100.8」「198.51.100.8/29」「2001:db8::/64」のように入力してください。"
)
# Nobody's own address abroad: documentation's networks are left to documentation and tests.
NOBODYS = tuple(ip_network(each) for each in ("0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "ff00::/8", "::/128"))


def read_network(text: str) -> Network:
    """In canonical form; Refused says which rule is broken."""
    text = text.strip()
    if "%" in text:
        raise _no(say("アドレスに「%」は使えません。インターネット側から見える固定のアドレスを入力してください。"))
    try:
        found = ip_network(text, strict=False)
    except ValueError as fault:
        raise _no(UNREADABLE) from fault
    mapped = _mapped(found)
    if mapped is not None:
        raise _no(say("IPv4のアドレスは、IPv4の形(%(mapped)s)で入力してください。", mapped=mapped))
    _refuse_unless_small(found)
    _refuse_unless_public(found)
    if str(found.network_address) != str(ip_address(text.split("/")[0])):
        raise _no(
            say(
                "ネットワークの先頭のアドレスではありません。この範囲を許可するときは「%(found)s」と入力してください。",
                found=found,
            )
        )
    return found


def _no(reason: str) -> Refused:
    return Refused(reason, field=FIELD)


def _mapped(network: Network) -> str | None:
    found = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    return str(found) if found else None


def _refuse_unless_small(network: Network) -> None:
    widest = WIDEST[network.version]
    if network.prefixlen < widest:
        raise _no(
            say(
                "範囲が広すぎます。IPv%(version)sは1つのアドレスか、/%(widest)sまでの範囲で入力してください。",
                version=network.version,
                widest=widest,
            )
        )


def _refuse_unless_public(network: Network) -> None:
    if _is_within(network, LOCAL):
        raise _no(
            say(
                "社内や機器の中だけで使われるアドレスです。インターネット側から見える固定のアドレスを入力してください。"
            )
        )
    if _is_within(network, EMBEDDING):
        raise _no(
            say("トンネルや変換のためのアドレスで、固定のアドレスではありません。もとのアドレスを入力してください。")
        )
    if _is_within(network, NOBODYS):
        raise _no(say("接続元になることのないアドレスです。"))


def _is_within(network: Network, others: Iterable[Network]) -> bool:
    return any(network.version == other.version and network.overlaps(other) for other in others)


def overlapping(network: Network, others: Iterable[Network]) -> Network | None:
    """The first that shares an address with it."""
    return next((other for other in others if other.version == network.version and other.overlaps(network)), None)
