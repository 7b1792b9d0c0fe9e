"""What two lists gave away, or fell over: a reason that is one organization's matter, a page that is none (R8-4, E9, E10)."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.auth.registry_rows import HIGASHI, NISHI, registered
from tests.browsing import Visitor, logged_in
from tests.cast import Cast, Person

Enter = Callable[[Person], Visitor]


def test_why_a_shared_certificate_was_revoked_is_told_to_staff_alone(app: Flask, cast: Cast, enter: Enter) -> None:
    """R4-4, R8-4: the reason may name the other organization."""
    public_id = registered(app, HIGASHI, NISHI, pc_name="共用PC")
    desk, why = enter(cast.reception), "ひがしガスの退職者が持ち去ったため"
    desk.submit(f"/staff/certificates/{public_id}/revoke", reason=why)
    assert why in desk.page("/staff/certificates.csv")
    nishi = enter(cast.nishi_manager)
    for path in ("/certificates", "/certificates.csv", f"/certificates/{public_id}"):
        page = nishi.page(path)
        assert "失効" in page
        assert why not in page


@pytest.mark.parametrize("path", ["dormancy", "certificates", "blocked", "allowed-addresses", "addresses"])
def test_no_page_that_is_none_is_a_fault(any_app: Flask, any_cast: Cast, path: str) -> None:
    """E17."""
    person = any_cast.administrator if path in {"blocked", "allowed-addresses"} else any_cast.reception
    visitor = logged_in(any_app, person)
    for page in ("0", "00", "-1", "９", "1e3", "99999", "9999", ""):
        assert visitor.get(f"/staff/{path}?page={page}").status_code == 200, page
