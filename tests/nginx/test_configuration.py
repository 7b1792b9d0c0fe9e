"""The template is filled in wholly and safely, and nginx accepts it without a murmur."""

import re
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from demo.front import (
    NGINX_DIR,
    SECRET_FILE,
    FrontFaultError,
    FrontSettings,
    check_config,
    fill,
    nginx_program,
    render_config,
    start_nginx,
    write_config,
)
from tests.nginx.certificates import Certificates
from tests.nginx.conftest import FRONT_SECRET, Edge, StartEdge, free_port

DEBIAN_CONFIG = Path("/etc/nginx/nginx.conf")


@pytest.fixture
def filled(tmp_path: Path, certificates: Certificates) -> FrontSettings:
    return FrontSettings(
        server_name="portal.example",
        listen=f"127.0.0.1:{free_port()}",
        app_socket=tmp_path / "app.sock",
        server_certificate=certificates.server.certificate,
        server_key=certificates.server.key,
        client_ca=certificates.authority,
        static_dir=tmp_path / "static",
        files_dir=tmp_path / "files",
        log_dir=tmp_path / "logs",
    )


def test_nginx_accepts_the_configuration_without_a_warning(filled: FrontSettings, tmp_path: Path) -> None:
    write_config(tmp_path, filled, FRONT_SECRET)
    assert re.fullmatch(r"nginx: .* syntax is ok\nnginx: .* test is successful\n", check_config(tmp_path))


def test_nginx_starts_and_ends_without_a_warning(start_edge: StartEdge) -> None:
    edge = start_edge()
    edge.front.end()
    written = {file.name: file.read_text(encoding="utf-8") for file in edge.front.settings.log_dir.iterdir()}
    assert written == {"nginx.error.log": "", "portal.error.log": "", "portal.access.log": ""}


def test_debians_own_configuration_takes_it_in(filled: FrontSettings, tmp_path: Path) -> None:
    """Where Debian's http block says otherwise (TLS 1.0, gzip, logs), the servers' own lines hold."""
    write_config(tmp_path, filled, FRONT_SECRET)
    debian = DEBIAN_CONFIG.read_text(encoding="utf-8")
    debian = re.sub(r"^(user|include /etc/nginx/modules).*$", "", debian, flags=re.MULTILINE)
    debian = debian.replace("/run/nginx.pid", "nginx.pid").replace("/var/log/nginx/", f"{filled.log_dir}/")
    debian = debian.replace("include /etc/nginx/conf.d/*.conf;", "include portal.conf;")
    debian = debian.replace("include /etc/nginx/sites-enabled/*;", "")
    (tmp_path / "nginx.conf").write_text(debian, encoding="utf-8")
    assert "test is successful" in check_config(tmp_path)


@pytest.mark.parametrize(
    "value",
    ["a;b", "a b", "a\nb", "a{b", "a}b", "$host", 'a"b', "a'b", "a#b", "a\\b", "", "@SERVER_NAME@", "ドメイン"],
)
def test_a_value_that_nginx_would_read_as_more_than_a_word_is_refused(filled: FrontSettings, value: str) -> None:
    with pytest.raises(FrontFaultError, match="SERVER_NAME"):
        render_config(replace(filled, server_name=value))


def test_a_placeholder_without_a_value_is_refused() -> None:
    with pytest.raises(FrontFaultError, match="no value for B, C"):
        fill("@A@ @B@ @C@", {"A": "a"})


def test_no_placeholder_is_left(filled: FrontSettings) -> None:
    assert not re.search(r"@[A-Z_]+@", render_config(filled))


def test_the_secret_is_readable_by_its_owner_only(filled: FrontSettings, tmp_path: Path) -> None:
    write_config(tmp_path, filled, FRONT_SECRET)
    assert stat.filemode((tmp_path / SECRET_FILE).stat().st_mode) == "-rw-------"
    others = [file for file in tmp_path.rglob("*") if file.is_file() and file != tmp_path / SECRET_FILE]
    assert not any(FRONT_SECRET in file.read_text(encoding="utf-8") for file in others)


def test_a_configuration_that_nginx_refuses_is_told_in_its_own_words(filled: FrontSettings, tmp_path: Path) -> None:
    with pytest.raises(FrontFaultError, match="cannot load certificate"):
        start_nginx(tmp_path, replace(filled, server_certificate=tmp_path / "none.crt"), FRONT_SECRET)


def test_a_port_that_is_taken_is_told(edge: Edge, filled: FrontSettings, tmp_path: Path) -> None:
    with pytest.raises(FrontFaultError, match="Address already in use"):
        start_nginx(tmp_path, replace(filled, listen=edge.front.settings.listen), FRONT_SECRET)


def locations() -> dict[str, str]:
    template = (NGINX_DIR / "portal.conf.template").read_text(encoding="utf-8")
    return dict(re.findall(r"^    location ([^{]+) \{\n(.*?)^    \}", template, re.MULTILINE | re.DOTALL))


def included(text: str) -> str:
    """The text with what its include lines name, to any depth."""
    named = re.findall(r"^\s*include snippets/(.+);", text, re.MULTILINE)
    return text + "".join(
        included((NGINX_DIR / "snippets" / name).read_text(encoding="utf-8"))
        for name in named
        if name != Path(SECRET_FILE).name
    )


def test_every_location_that_proxies_sets_every_identity_header() -> None:
    """A2: proxy_set_header is inherited by no location that sets one of its own."""
    proxying = {name: included(text) for name, text in locations().items() if "proxy_pass http" in included(text)}
    assert set(proxying) == {"/", "^~ /staff", "= /_edge/certificate", "= /_edge/open-feed"}
    for text in proxying.values():
        assert "include snippets/portal-identity.conf;" in text


def test_every_location_that_adds_a_header_adds_the_security_headers() -> None:
    """add_header is inherited by no location that has one of its own."""
    adding = {name: included(text) for name, text in locations().items() if "add_header" in included(text)}
    assert set(adding) == {"/_edge/pages/", "^~ /_edge/pages/", "^~ /static/", "^~ /_files/"}
    for text in adding.values():
        for header in (
            "Strict-Transport-Security",
            "X-Content-Type-Options",
            "Content-Security-Policy",
            "Referrer-Policy",
        ):
            assert f"add_header {header} " in text


def test_the_version_of_nginx_is_the_one_the_configuration_was_written_for() -> None:
    said = subprocess.run([nginx_program(), "-v"], capture_output=True, text=True, check=True).stderr
    assert int(re.search(r"nginx/1\.(\d+)", said)[1]) >= 22  # type: ignore[index] # no match is a failure too
