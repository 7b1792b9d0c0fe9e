"""The menu: what a person may open, with the unread of each page. Its unchanging part is kept for all who have the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from markupsafe import Markup, escape

from auth.permissions import (
    ADDRESSES,
    ALLOW_LIST,
    AUDIT,
    CERTIFICATES,
    DESK,
    PUBLISH,
    REQUESTS,
    SETTINGS,
    SHEETS,
    USERS,
)
from auth.viewer import Viewer
from base.words import translated
from content.reading.blanks import Blanks
from content.reading.fragments import Kept
from content.reading.viewing import KnownPage, Reach

KEPT_MENUS = 256


@dataclass(frozen=True, slots=True)
class Item:
    label: str
    href: str
    count: int = 0
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the menu as it stands for everybody who may open it."""

    label: str
    href: str
    page_id: int | None = None


Menu = tuple[tuple[str, tuple[Place, ...]], ...]


def _page_places(pages: tuple[KnownPage, ...]) -> tuple[Place, ...]:
    return tuple(Place(translated(page.name), f"/pages/{page.slug}", page.id) for page in pages)


Permitted = tuple[tuple[str, Place], ...]


def _of_the_desk() -> Permitted:
    return (
        (DESK, Place(_("受付デスク"), "/staff")),
        (PUBLISH, Place(_("記事を書く"), "/staff/articles/new")),
        (PUBLISH, Place(_("記事一覧"), "/staff/articles")),
        (PUBLISH, Place(_("記事のひな形"), "/staff/templates")),
        (REQUESTS, Place(_("権限申請"), "/staff/requests")),
        (SHEETS, Place(_("処理日デスク"), "/staff/processing")),
        (REQUESTS, Place(_("棚卸"), "/staff/inventories")),
        (DESK, Place(_("利用者の権限"), "/staff/people")),
        (REQUESTS, Place(_("休業日の管理"), "/staff/closing-days")),
        (REQUESTS, Place(_("J-noteのID一覧"), "/staff/jnote")),
        (ADDRESSES, Place(_("連絡先メール"), "/staff/addresses")),
        (ADDRESSES, Place(_("送信と未達"), "/staff/mails")),
        (PUBLISH, Place(_("システムの停止と障害"), "/staff/systems")),
        (PUBLISH, Place(_("お問い合わせとFAQ"), "/staff/texts")),
    )


def _of_the_door() -> Permitted:
    return (
        (USERS, Place(_("利用者"), "/staff/users")),
        (USERS, Place(_("長期未使用ID"), "/staff/dormancy")),
        (CERTIFICATES, Place(_("クライアント証明書"), "/staff/certificates")),
        (SETTINGS, Place(_("認証局"), "/staff/cas")),
        (ALLOW_LIST, Place(_("国外からの利用許可"), "/staff/allowed-addresses")),
        (ALLOW_LIST, Place(_("ブロックした接続"), "/staff/blocked")),
        (AUDIT, Place(_("監査証跡"), "/staff/audit")),
    )


def _may_open(places: Permitted, permissions: frozenset[str]) -> tuple[Place, ...]:
    return tuple(place for permission, place in places if permission in permissions)


def _account_places() -> tuple[Place, ...]:
    return Place(_("アカウント"), "/account"), Place(_("パスワード変更"), "/account/password")


def menu_of(reach: Reach, viewer: Viewer) -> Menu:
    """Only what the viewer's permissions allow."""
    home = () if viewer.is_staff else (Place(_("ホーム"), "/"),)
    contact = (
        Place(_("利用者と権限"), "/people"),
        Place(_("利用権限の申請"), "/requests"),
        Place(_("棚卸"), "/inventory"),
        Place(_("長期未使用ID"), "/dormancy"),
        Place(_("クライアント証明書"), "/certificates"),
        Place(_("連絡先メール"), "/addresses"),
    )
    others = (Place(_("お問い合わせ"), "/contact"), Place(_("ご利用の手引き"), "/help"))
    groups = (
        ("", home),
        (_("受付センター"), _may_open(_of_the_desk(), viewer.permissions)),
        (_("利用者と入口"), _may_open(_of_the_door(), viewer.permissions)),
        (_("ページ"), (*_page_places(reach.pages), Place(_("カレンダー"), "/calendar"))),
        (_("窓口責任者"), contact if viewer.is_contact_manager else ()),
        (_("アカウント管理"), _account_places()),
        # Staff have the longest menu; both stand at the foot of every page.
        (_("そのほか"), () if viewer.is_staff else others),
    )
    return tuple((title, places) for title, places in groups if places)


def current_place(menu: Menu, path: str) -> str:
    """The line that the path belongs to: the longest that it begins with."""
    hrefs = (place.href for _title, places in menu for place in places)
    fitting = (href for href in hrefs if path == href or path.startswith(f"{href}/"))
    return max(fitting, key=len, default="")


def menu_key(viewer: Viewer, reach: Reach) -> tuple[object, ...]:
    """All that a menu depends on: whoever has the same key has the same menu."""
    return reach.versions, viewer.permissions, viewer.is_staff, viewer.is_contact_manager, viewer.language


class Navigation:
    def __init__(self) -> None:
        self._menus: Kept[object, Menu] = Kept(KEPT_MENUS)

    def menu(self, viewer: Viewer, reach: Reach) -> Menu:
        key = menu_key(viewer, reach)
        found = self._menus.get(key)
        if found is None:
            found = menu_of(reach, viewer)
            self._menus.keep(key, found)
        return found


def _groups(menu: Menu, path: str, item: Callable[[Place, bool], Item]) -> list[Group]:
    here = current_place(menu, path)
    return [Group(title, tuple(item(place, place.href == here) for place in places)) for title, places in menu]


def drawn_menu(menu: Menu, path: str, counts: Mapping[int, int]) -> list[Group]:
    return _groups(
        menu,
        path,
        lambda place, is_current: Item(place.label, place.href, counts.get(place.page_id or 0, 0), is_current),
    )


def blank_menu(menu: Menu, path: str, blanks: Blanks) -> list[Group]:
    """For pages drawn for many readers: a blank behind each page's name."""

    def item(place: Place, is_current: bool) -> Item:  # noqa: FBT001 - what is_current says is shown
        label = escape(place.label)
        count = blanks.blank("count", place.page_id) if place.page_id else Markup()
        return Item(label + count, place.href, 0, is_current)

    return _groups(menu, path, item)
