"""Done for real: nginx, a browser, the worker, SMTP. From an empty page by a planned go-live to the reminder of whoever hasn't answered."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page

from auth.models import Organization, User
from base.business_days import BusinessCalendar
from base.db import transaction
from base.jobs import Bell
from base.jst import day_of, in_jst, start_of
from tests import make
from tests.cast import Person
from tests.journeys.conftest import Open
from tests.journeys.standing import Site, link_in
from tests.journeys.test_from_notice_to_reader import log_in

TITLE = "年末の検針日程の変更について"
HIGASHI, NISHI = "plan@higashi-gas.example", "plan@nishi-gas.example"
GO_LIVE = "go live"


def next_morning() -> datetime:
    """10:00 of the next business day in Japan: reminders go on business days alone."""
    return start_of(BusinessCalendar().next_business_day(day_of(datetime.now(UTC)))) + timedelta(hours=10)


def register_addresses(site: Site) -> None:
    with site.app.app_context(), transaction() as session:
        staff = session.get_one(User, site.cast.reception.user_id)
        for person, mail in ((site.cast.higashi_manager, HIGASHI), (site.cast.nishi_manager, NISHI)):
            make.address(session, session.get_one(Organization, person.organization_id), staff, mail)


def entered(site: Site, open_browser: Open, client: str, person: Person) -> Page:
    page = open_browser(client)
    page.goto(site.base_url + "/login")
    log_in(page, person.login_id)
    return page


def plan_notice(page: Page, site: Site, at: datetime) -> str:
    """Written, previewed, checked, planned; answers where readers will find it."""
    page.goto(site.base_url + "/staff/articles/new")
    page.select_option("select[name=page]", label="JOHS")
    page.fill("input[name=title]", TITLE)
    page.fill("textarea[name=source]", "## 変更する日\n\n| 前 | 後 |\n|---|---|\n| 12/29 | 12/28 |\n")
    page.wait_for_selector("#preview table")
    assert "変更する日" in page.inner_text("#preview")
    page.click("main button:has-text('保存して公開前の確認へ')")
    assert "2事業者" in page.inner_text("main")
    assert NISHI in page.content()
    page.check("[name=when][value=later]")
    page.fill("[name=go_live_at]", f"{in_jst(at):%Y-%m-%dT%H:%M}")
    page.click("main button:has-text('この日時で公開を予定する')")
    assert "公開の予定を保存しました。" in page.inner_text("body")
    return page.url.partition("#")[0].replace("/staff/articles/", "/articles/")


def test_a_planned_notice_goes_live_is_read_acknowledged_and_the_rest_is_reminded(
    site: Site, open_browser: Open
) -> None:
    """R7-4, R7-6, R7-13, R9-3, E13: nobody hears of it before its second; the outsider never does."""
    register_addresses(site)
    at = next_morning()
    address = plan_notice(entered(site, open_browser, "staff", site.cast.reception), site, at)
    early = entered(site, open_browser, "higashi", site.cast.higashi_reader)
    assert [early.request.get(address).status, TITLE in early.inner_text("main")] == [404, False]
    assert site.mails() == []

    site.move_clock(at - datetime.now(UTC))
    Bell(site.app.config["PORTAL"].jobs_url).ring(GO_LIVE)
    mail = site.mail_to(HIGASHI, TITLE)
    assert link_in(mail) == address
    reader = open_browser("higashi")
    reader.goto(link_in(mail))
    log_in(reader, site.cast.higashi_reader.login_id)
    assert TITLE in reader.inner_text("h1")

    staff = entered(site, open_browser, "staff", site.cast.reception)
    staff.goto(address.replace("/articles/", "/staff/articles/"))
    assert "2件のうち" in staff.inner_text("#mails")
    staff.click("main button:has-text('確認を依頼する')")
    reader.reload()
    reader.click("main button:has-text('確認しました')")
    assert "確認を記録しました。" in reader.inner_text("body")
    staff.reload()
    waiting = "main tr:has-text('未確認')"
    assert "にしガス" in staff.inner_text(waiting)
    assert staff.locator(waiting).count() == 1
    staff.click("main button:has-text('催促メールを送る')")
    assert link_in(site.mail_to(NISHI, "確認のお願い")) == address
    assert [each["To"] for each in site.mails() if "確認のお願い" in each["Subject"]] == [NISHI]

    outsider = entered(site, open_browser, "minato", site.cast.minato_manager)
    assert [outsider.request.get(address).status, TITLE in outsider.inner_text("body")] == [404, False]
