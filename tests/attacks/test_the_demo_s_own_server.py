"""The demo's server stands alone: nobody in front of it may say what was asked for (A2, H1)."""

from pathlib import Path

import pytest

from demo.embedded import Embedded
from demo.folder import DemoFolder


@pytest.mark.parametrize("trusted", ["forwarded_allow_ips", "forwarder_headers", "secure_scheme_headers"])
def test_no_address_is_believed_to_be_a_front(tmp_path: Path, trusted: str) -> None:
    """A2, A3: gunicorn believes SCRIPT_NAME, PATH_INFO and X-Forwarded-Proto of whoever comes from this machine."""
    assert not Embedded(DemoFolder(tmp_path), 0).cfg.settings[trusted].get()
