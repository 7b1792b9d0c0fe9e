"""Who gets past nginx, and what the others are told."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest

from base.jst import JST
from demo.authority import Authority, Issued, make_authority, new_key
from tests.nginx.certificates import ENDS, LONG, LONG_AGO, STARTS, Identity, write_identity
from tests.nginx.conftest import Edge, StartEdge
from tests.nginx.wire import request_h2

REFUSED = [
    (None, "NONE", "証明書が提示されませんでした。"),
    ("expired", "FAILED:certificate has expired", "証明書の有効期限が切れています。"),
    ("not_yet_valid", "FAILED:certificate is not yet valid", "証明書の有効期間がまだ始まっていません。"),
    ("foreign", "FAILED:unable to verify the first certificate", "このサイトで使えない証明書が提示されました。"),
    ("of_a_namesake", "FAILED:certificate signature failure", "このサイトで使えない証明書が提示されました。"),
    ("of_a_server", "FAILED:unsuitable certificate purpose", "このサイトで使えない証明書が提示されました。"),
]
WHO = [who or "nobody" for who, *_ in REFUSED]
SOMEWHERE = ["/", "/login", "/verify/a-token", "/static/site.css", "/_files/report.bin", "/healthz", "/nowhere?x=1"]


def test_a_good_certificate_reaches_the_application(edge: Edge) -> None:
    answer = edge.higashi.ask("/articles/0123456789AB?page=2")
    assert answer.status == 200
    assert answer.seen["line"] == "GET /articles/0123456789AB?page=2 HTTP/1.1"
    assert answer.received("X-Client-Verify") == ["SUCCESS"]
    assert [unquote(pem) for pem in answer.received("X-Client-Cert")] == [edge.certificates.higashi.pem]


@pytest.mark.parametrize(("who", "verdict", "_reason"), REFUSED, ids=WHO)
def test_the_application_explains_which_certificate_is_wrong(
    edge: Edge, who: str | None, verdict: str, _reason: str
) -> None:
    """R4-1, R4-2, A1, A13, A15: nginx refuses and tells the application's page why."""
    answer = edge.browser(getattr(edge.certificates, who) if who else None).ask("/login?next=/")
    assert answer.status == 403
    assert answer.seen["line"] == "GET /certificate-needed HTTP/1.1"
    assert answer.received("X-Client-Verify") == [verdict]


@pytest.mark.parametrize(("who", "_verdict", "reason"), REFUSED, ids=WHO)
def test_the_copy_on_disk_names_the_reason_while_the_application_is_down(
    edge_alone: Edge, who: str | None, _verdict: str, reason: str
) -> None:
    """R4-1, A1, A13."""
    answer = edge_alone.browser(getattr(edge_alone.certificates, who) if who else None).ask("/login")
    assert answer.status == 403
    assert {told for *_, told in REFUSED if told in answer.text} == {reason}
    assert "設定 → プライバシーとセキュリティ → セキュリティ → 証明書の管理" in answer.text
    assert "password" not in answer.text
    assert "<form" not in answer.text


@pytest.mark.parametrize("path", SOMEWHERE)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS"])
def test_nothing_is_reachable_without_a_certificate(edge: Edge, path: str, method: str) -> None:
    """R4-1, A1."""
    answer = edge.nobody.ask(path, method=method, body=b"a=b" if method == "POST" else b"")
    assert answer.status == 403
    assert answer.seen == {
        "line": "GET /certificate-needed HTTP/1.1",
        "headers": answer.seen["headers"],
        "body_length": 0,
    }


@pytest.mark.parametrize("who", [None, "expired", "foreign"])
def test_the_self_check_is_behind_tls_alone(edge: Edge, who: str | None) -> None:
    """R9-6: whoever asks for it is led to it, with nginx's own words about his certificate."""
    for path in ("/self-check", "/self-check?from=help"):
        answer = edge.browser(getattr(edge.certificates, who) if who else None).ask(path)
        assert (answer.status, answer.seen["line"]) == (403, "GET /self-check HTTP/1.1")
        assert answer.received("X-Client-Verify") != ["SUCCESS"]
        assert len(answer.received("X-Client-Cert")) == (1 if who else 0)
    assert edge.nobody.ask("/self-check", method="POST", body=b"a=b").seen["line"] == "GET /self-check HTTP/1.1"
    assert edge.higashi.ask("/self-check").seen["line"] == "GET /self-check HTTP/1.1"


@pytest.mark.parametrize(
    "path", ["/self-check/", "/self-checks", "/self-check/../login", "//self-check", "/x?/self-check", "/SELF-CHECK"]
)
def test_only_the_self_checks_own_address_leads_to_it(edge: Edge, path: str) -> None:
    """R4-1, A1."""
    assert edge.nobody.ask(path).seen["line"] == "GET /certificate-needed HTTP/1.1"


SECRET = "WyJhYiIsMV0." + "s" * 43


@pytest.mark.parametrize("who", [None, "expired", "foreign"])
def test_a_calendars_secret_address_is_the_applications_to_answer(edge: Edge, who: str | None) -> None:
    """R9-8, A1, D8: with the status that it gives, asked nothing but what a calendar asks; no log holds the secret."""
    browser = edge.browser(getattr(edge.certificates, who) if who else None)
    for path in (f"/calendar/{SECRET}.ics", f"/calendar/{SECRET}.ics?now=1"):
        answer = browser.ask(path, ['If-None-Match: "abc"', "Cookie: __Host-session=stolen"])
        assert (answer.status, answer.seen["line"]) == (200, f"GET /calendar/{SECRET}.ics HTTP/1.1")
        assert answer.received("X-Client-Verify") != ["SUCCESS"]
        assert (answer.received("If-None-Match"), answer.received("Cookie")) == (['"abc"'], [])
    assert browser.ask(f"/calendar/{SECRET}.ics", method="POST", body=b"a=b").seen["body_length"] == 0
    assert edge.logged("/calendar/(long)")["status"] == "200"
    assert SECRET not in edge.logs


@pytest.mark.parametrize(
    "path",
    [
        *("/calendar", "/calendar.ics", "/calendar/address", "/calendar/x.ics", f"/calendar/{SECRET}.ics/"),
        *(
            f"/calendar/{SECRET}",
            f"/calendar/{SECRET}%2e.ics",
            f"/calendar/../calendar/{SECRET}.ics",
            f"/x?/calendar/{SECRET}.ics",
        ),
    ],
)
def test_only_a_whole_secret_leads_past_the_explanation(edge: Edge, path: str) -> None:
    """R4-1, A1."""
    answer = edge.nobody.ask(path)
    assert (answer.status, answer.seen["line"]) == (403, "GET /certificate-needed HTTP/1.1")


def test_the_self_check_falls_back_to_the_copy_on_disk(edge_alone: Edge) -> None:
    """R4-1, R9-6."""
    assert "証明書が提示されませんでした。" in edge_alone.nobody.ask("/self-check").text


def test_head_without_a_certificate_is_refused_too(edge: Edge) -> None:
    """R4-1, A1."""
    assert edge.nobody.ask("/login", method="HEAD").status == 403


def test_nothing_is_reachable_without_a_certificate_over_http2(edge: Edge) -> None:
    """R4-1, A1."""
    answer = edge.nobody.ask_h2(request_h2(edge.front, "/login"))
    assert answer.status == 403
    assert answer.seen["line"] == "GET /certificate-needed HTTP/1.1"


def test_a_session_cookie_does_not_travel_to_the_explaining_page(edge: Edge) -> None:
    answer = edge.nobody.ask("/", ["Cookie: __Host-session=stolen"])
    assert answer.received("Cookie") == []


@pytest.mark.parametrize(
    ("second", "verdict"),
    [
        (STARTS - timedelta(seconds=1), "FAILED:certificate is not yet valid"),
        (STARTS, "SUCCESS"),
        (ENDS - timedelta(seconds=1), "SUCCESS"),
        (ENDS, "FAILED:certificate has expired"),
        (ENDS + timedelta(seconds=1), "FAILED:certificate has expired"),
    ],
)
def test_a_certificate_is_good_from_its_first_second_until_before_its_last(
    start_edge: StartEdge, second: datetime, verdict: str
) -> None:
    """R4-2, A8, A9: nginx under a clock that stands still at that second."""
    edge = start_edge(clock=f"{second.astimezone(JST):%Y-%m-%d %H:%M:%S}")
    answer = edge.browser(edge.certificates.timed).ask("/")
    assert answer.status == (200 if verdict == "SUCCESS" else 403)
    assert answer.received("X-Client-Verify") == [verdict]


def test_the_expired_are_told_how_to_renew(edge_alone: Edge) -> None:
    """R4-5, A8."""
    page = edge_alone.browser(edge_alone.certificates.expired).ask("/").text
    assert "更新は、新しい証明書を取得し、あらためて登録することで完了します。" in page


def test_a_set_clock_stays_set(start_edge: StartEdge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nginx empties its environment, where faketime looks again whenever its cache has run out."""
    monkeypatch.setenv("FAKETIME_CACHE_DURATION", "1")
    edge = start_edge(clock=f"@{STARTS.astimezone(JST):%Y-%m-%d %H:%M:%S}")
    assert edge.browser(edge.certificates.timed).ask("/").status == 200
    time.sleep(2.2)  # twice the cache's second, counted in whole ones
    assert edge.browser(edge.certificates.timed).ask("/").status == 200


def _of_one_name_and_key(count: int) -> tuple[Authority, list[Issued]]:
    """CAs that all could have signed one another: whoever builds paths through them never ends."""
    key = new_key()
    each = [make_authority("Maze", not_before=LONG_AGO, lifetime=LONG, key=key) for _ in range(count)]
    return each[0], [one.ca for one in each]


@pytest.mark.parametrize("is_ours", [True, False], ids=["around a good one", "around a stranger's"])
def test_a_maze_of_a_hundred_cas_costs_nothing(edge: Edge, tmp_path: Path, *, is_ours: bool) -> None:
    """A23: what a client sends along is no part of the question."""
    maze, cas = _of_one_name_and_key(100)
    lost = write_identity(tmp_path, "lost", maze.issue_client("lost", not_before=datetime.now(UTC) - timedelta(days=1)))
    own = edge.certificates.higashi if is_ours else lost
    chain = tmp_path / "chain.crt"
    chain.write_bytes(own.certificate.read_bytes() + b"".join(ca.pem for ca in cas))
    began = time.monotonic()
    answer = edge.browser(Identity(chain, own.key)).ask("/")
    assert answer.status == (200 if is_ours else 403)
    assert time.monotonic() - began < 5  # a few hundredths where nothing else runs
    if is_ours:
        assert [unquote(pem) for pem in answer.received("X-Client-Cert")] == [own.pem]
