from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.visibility import (
    OrganizationFacts,
    PageFacts,
    ViewerFacts,
    may_enter,
    organizations_that_see,
    visible_pages,
)

COMMON = PageFacts(1, "common", None)
TAXIS = PageFacts(2, "taxis", "TAXIS")
JOHS = PageFacts(3, "johs", "JOHS")
JUJU = PageFacts(4, "juju", "JUJU")
LOACUS = PageFacts(5, "loacus", "LOACUS")
API = PageFacts(6, "api", "API")
PAGES = (COMMON, TAXIS, JOHS, JUJU, LOACUS, API)
NARROWED = tuple(PageFacts(page.id, page.slug, page.system, is_narrowed=True) for page in PAGES)

SYSTEMS = st.frozensets(st.sampled_from(["TAXIS", "JOHS", "JUJU", "LOACUS", "API"]))
VIEWERS = st.builds(ViewerFacts, st.booleans(), st.booleans(), SYSTEMS, SYSTEMS)

# Who sees the TAXIS page: does the organization use TAXIS, which rights does the person hold, is it a contact manager;
# then: may enter, sees the open page, sees the narrowed page.
NON_STAFF = """
unused nothing     person   | - - -
unused JOHS        person   | + - -
unused TAXIS       person   | + - -
unused TAXIS,JOHS  person   | + - -
unused nothing     manager  | + - -
unused JOHS        manager  | + - -
unused TAXIS       manager  | + - -
unused TAXIS,JOHS  manager  | + - -
used   nothing     person   | - - -
used   JOHS        person   | + + -
used   TAXIS       person   | + + +
used   TAXIS,JOHS  person   | + + +
used   nothing     manager  | + + +
used   JOHS        manager  | + + +
used   TAXIS       manager  | + + +
used   TAXIS,JOHS  manager  | + + +
"""


def viewer_of(use: str, held: str, role: str) -> ViewerFacts:
    return ViewerFacts(
        is_contact_manager=role == "manager",
        systems_in_use=frozenset({"JOHS", "TAXIS"} if use == "used" else {"JOHS"}),
        held_systems=frozenset(held.split(",")) - {"nothing"},
    )


@pytest.mark.parametrize("row", NON_STAFF.strip().splitlines())
def test_a_page_is_for_those_whose_organization_uses_its_system(row: str) -> None:
    """R7-2, R7-3: every combination of use, rights and role."""
    who, expected = row.split("|")
    viewer = viewer_of(*who.split())
    enters, sees_open, sees_narrowed = (sign == "+" for sign in expected.split())
    assert may_enter(viewer) == enters
    assert (TAXIS.id in visible_pages(viewer, PAGES)) == sees_open
    assert (TAXIS.id in visible_pages(viewer, NARROWED)) == sees_narrowed
    assert (COMMON.id in visible_pages(viewer, PAGES)) == enters
    assert (COMMON.id in visible_pages(viewer, NARROWED)) == enters


def test_the_table_leaves_no_combination_out() -> None:
    """R7-2."""
    rows = {tuple(row.split("|")[0].split()) for row in NON_STAFF.strip().splitlines()}
    assert rows == set(product(("used", "unused"), ("nothing", "JOHS", "TAXIS", "TAXIS,JOHS"), ("person", "manager")))


@given(VIEWERS)
def test_staff_see_every_page(viewer: ViewerFacts) -> None:
    """R7-3."""
    staff = ViewerFacts(
        is_staff=True,
        is_contact_manager=viewer.is_contact_manager,
        systems_in_use=viewer.systems_in_use,
        held_systems=viewer.held_systems,
    )
    everything = frozenset(page.id for page in PAGES)
    assert visible_pages(staff, PAGES) == visible_pages(staff, NARROWED) == everything


def test_whoever_holds_only_johs_sees_the_taxis_page_of_an_organization_that_uses_both() -> None:
    """R7-3."""
    viewer = ViewerFacts(systems_in_use=frozenset({"JOHS", "TAXIS"}), held_systems=frozenset({"JOHS"}))
    assert visible_pages(viewer, PAGES) == {COMMON.id, JOHS.id, TAXIS.id}


def test_an_organization_with_johs_alone_sees_no_other_system() -> None:
    """R7-2: Nishi, the outsider."""
    nishi = ViewerFacts(is_contact_manager=True, systems_in_use=frozenset({"JOHS"}), held_systems=frozenset({"JOHS"}))
    assert visible_pages(nishi, PAGES) == {COMMON.id, JOHS.id}


@pytest.mark.parametrize(("uses_api", "is_narrowed", "role"), list(product((True, False), (True, False), ("", "cm"))))
def test_the_api_page_is_for_organizations_that_use_it(uses_api: bool, is_narrowed: bool, role: str) -> None:  # noqa: FBT001 - a row of the table
    """R7-2: nobody holds a right for API, so its narrowed page is for contact managers alone."""
    in_use = frozenset({"JOHS", "API"} if uses_api else {"JOHS"})
    viewer = ViewerFacts(is_contact_manager=role == "cm", systems_in_use=in_use, held_systems=frozenset({"JOHS"}))
    pages = NARROWED if is_narrowed else PAGES
    assert (API.id in visible_pages(viewer, pages)) == (uses_api and (role == "cm" or not is_narrowed))


@given(SYSTEMS)
def test_without_any_right_the_site_is_closed(systems_in_use: frozenset[str]) -> None:
    """R7-3: the empty set means nobody."""
    assert visible_pages(ViewerFacts(systems_in_use=systems_in_use), PAGES) == frozenset()


@given(VIEWERS)
def test_narrowing_never_shows_more(viewer: ViewerFacts) -> None:
    """R7-2, R8-6."""
    assert visible_pages(viewer, NARROWED) <= visible_pages(viewer, PAGES)


@given(VIEWERS, SYSTEMS)
def test_a_further_right_never_hides_a_page(viewer: ViewerFacts, gained: frozenset[str]) -> None:
    """R7-2, R7-3."""
    richer = ViewerFacts(
        is_staff=viewer.is_staff,
        is_contact_manager=viewer.is_contact_manager,
        systems_in_use=viewer.systems_in_use,
        held_systems=viewer.held_systems | gained,
    )
    assert visible_pages(viewer, NARROWED) <= visible_pages(richer, NARROWED)


def test_only_pages_that_were_asked_about_are_answered() -> None:
    """R8-6."""
    assert visible_pages(ViewerFacts(is_staff=True), [JUJU]) == {JUJU.id}
    assert visible_pages(ViewerFacts(is_staff=True), []) == frozenset()


HIGASHI = OrganizationFacts(10, is_active=True, systems_in_use=frozenset({"JOHS", "TAXIS", "JUJU", "LOACUS"}))
NISHI = OrganizationFacts(20, is_active=True, systems_in_use=frozenset({"JOHS"}))
ASAHI = OrganizationFacts(30, is_active=True, systems_in_use=frozenset({"JOHS", "TAXIS", "API"}))
ENDED = OrganizationFacts(40, is_active=False, systems_in_use=frozenset({"JOHS", "TAXIS", "JUJU", "LOACUS", "API"}))


@pytest.mark.parametrize(
    ("page", "organizations"),
    [
        (COMMON, {10, 20, 30}),
        (TAXIS, {10, 30}),
        (JOHS, {10, 20, 30}),
        (JUJU, {10}),
        (LOACUS, {10}),
        (API, {30}),
    ],
)
def test_mails_go_to_active_organizations_that_see_the_page(page: PageFacts, organizations: set[int]) -> None:
    """R7-13, R3-5."""
    assert organizations_that_see(page, [HIGASHI, NISHI, ASAHI, ENDED]) == organizations


@given(st.sampled_from(PAGES + NARROWED), SYSTEMS)
def test_an_organization_is_mailed_exactly_if_its_contact_managers_see_the_page(
    page: PageFacts, systems_in_use: frozenset[str]
) -> None:
    """R7-2, R7-13, R8-6."""
    manager = ViewerFacts(is_contact_manager=True, systems_in_use=systems_in_use)
    organization = OrganizationFacts(7, is_active=True, systems_in_use=systems_in_use)
    assert bool(organizations_that_see(page, [organization])) == bool(visible_pages(manager, [page]))
