"""The demo's server stands alone: nobody in front of it may say what was asked for (A2, H1)."""

import ssl
from pathlib import Path

import pytest

from demo.embedded import Embedded, tls_context
from demo.folder import DemoFolder


@pytest.mark.parametrize("trusted", ["forwarded_allow_ips", "forwarder_headers", "secure_scheme_headers"])
def test_no_address_is_believed_to_be_a_front(tmp_path: Path, trusted: str) -> None:
    """A2, A3: gunicorn believes SCRIPT_NAME, PATH_INFO and X-Forwarded-Proto of whoever comes from this machine."""
    assert not Embedded(DemoFolder(tmp_path), 0).cfg.settings[trusted].get()


def test_it_speaks_tls_as_the_front_does() -> None:
    """A24: nothing old, nothing but authenticated ciphers, no tickets."""
    context = tls_context(None, lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    ciphers = {cipher["name"] for cipher in context.get_ciphers()}
    assert ciphers
    assert not [name for name in ciphers if "GCM" not in name and "CHACHA20" not in name]
    assert context.options & ssl.OP_NO_TICKET
    assert context.num_tickets == 0
