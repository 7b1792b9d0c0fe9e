"""One visitor who dawdles or takes too much doesn't keep the others from their work."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from tests.nginx.conftest import StartEdge

DAWDLERS = 40


def test_visitors_who_never_finish_their_headers_are_dropped_while_others_are_served(start_edge: StartEdge) -> None:
    """I1: forty of them, a short form of the full attack."""
    edge = start_edge(header_timeout="1s")
    with ExitStack() as open_connections:
        dawdlers = [open_connections.enter_context(edge.higashi.connected()) for _ in range(DAWDLERS)]
        for dawdler in dawdlers:
            dawdler.sendall(b"GET / HTTP/1.1\r\nHost: portal.example\r\nX-Slow: ")
        assert edge.browser(edge.certificates.nishi).ask("/").status == 200
        ends = {dawdler.recv(65536) for dawdler in dawdlers}
    assert ends == {b""}
    assert edge.logged('"status":"408"')["certificate"] == "SUCCESS"


def test_a_body_that_trickles_never_occupies_the_application(start_edge: StartEdge) -> None:
    """I1: nginx reads the whole body first."""
    edge = start_edge()
    assert edge.observer is not None
    with edge.higashi.connected() as dawdler:
        dawdler.sendall(b"POST /login HTTP/1.1\r\nHost: portal.example\r\nContent-Length: 100\r\n\r\nab")
        assert edge.browser(edge.certificates.nishi).ask("/").status == 200
        assert edge.observer.seen == ["GET / HTTP/1.1"]


def test_one_certificate_holds_only_so_many_requests_at_once(start_edge: StartEdge) -> None:
    edge = start_edge(connections=2)
    assert edge.observer is not None
    with ThreadPoolExecutor(2) as pool:
        held = [pool.submit(edge.higashi.ask, "/slow") for _ in range(2)]
        for _ in held:
            assert edge.observer.waiting.acquire(timeout=10)
        assert edge.higashi.ask("/").status == 429
        assert edge.browser(edge.certificates.nishi).ask("/").status == 200
        edge.observer.gate.set()
        assert [answer.result().status for answer in held] == [200, 200]
