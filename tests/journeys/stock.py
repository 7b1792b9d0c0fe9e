"""What stands on the shelves when the screens are looked at: one of each state, all of ひがしガス's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.ca_queries import known_cas
from auth.credential_links import credential_desk
from auth.credential_links import token_for as invitation_for
from auth.models import (
    AllowedAddress,
    BlockedAccess,
    Certificate,
    CertificateRegistration,
    CredentialPair,
    DormancyStep,
    Organization,
    User,
)
from auth.reset_links import reset_desk
from auth.reset_links import token_for as reset_for
from base.db import transaction
from base.identifiers import public_id
from base.jst import day_of
from base.outbox import Mail
from content.addresses.links import link_desk, token_for
from content.article_text import ArticleText, article_text
from content.files.models import AttachmentText
from content.models import Article, ArticleKind, Attachment, ContactAddress
from content.reading.acknowledgements import acknowledge, ask_acknowledgement
from content.reading.readings import note_fetched, note_opened
from content.systems.stops import begin_disturbance, tell
from content.writing.articles import draft_article, publish, save_draft, save_update, withdraw
from content.writing.autosaves import Place, keep_typed
from content.writing.form_words import written
from content.writing.plan_rules import Decision
from content.writing.plans import go_public
from desk.closing.changes import plan_change
from desk.closing.day_rules import DayChange, DayKind
from rights.bulk.columns import HEADINGS
from rights.bulk.files import take_in
from rights.changes import Wanted, enter_change
from rights.codes import AskedRights
from rights.effect_dates import StartingDays
from rights.entry.draft_fields import written as written_draft
from rights.entry.drafts import Sheet, keep_draft
from rights.id_changes import enter_id_change
from rights.inventory.answers import keep, sign_off
from rights.inventory.campaigns import end_campaign, start_campaign
from rights.inventory.models import InventoryItem
from rights.jnote.csv_rules import judge_list
from rights.jnote.lists import keep_checked, take_over
from rights.jnote.models import JNoteList
from rights.models import RequestDraft, RightsRequest
from rights.processing.delays import delay_processing_day
from rights.processing.run import carry_out
from rights.requests import accept_request, cancel_request
from tests import make
from tests.cast import Cast
from tests.desk.closing.planning import saved as saved_change
from tests.rights.entries import CALENDAR, acting, entered, entry

LONG = "配送先変更に伴うTAXIS検針結果ファイル再作成および再配信スケジュール変更のお知らせ" * 2
LONG_ENGLISH = "Meter reading result files are made anew and sent again, and the schedule of their delivery changes"
SOURCE = """本文です。`taxis-meter-reading-result-2026-12-05-corrected-and-sent-again.csv` をご確認ください。

## 停止する時間

| 項目 | 開始 | 再開 | 影響 | 連絡先 |
| --- | --- | --- | --- | --- |
| 検針結果のダウンロード | 2026/12/05(土) 22:00 | 2026/12/06(日) 6:00 | 照会ができません | 託送受付センター |

### 注意

1. 事前にお済ませください。[^1]

[^1]: 脚注です。
"""


@dataclass(frozen=True, slots=True)
class Stock:
    """Public ids, as they stand in addresses."""

    article: str
    draft: str
    withdrawn: str
    scheduled: str
    ended: str
    waiting: str
    unsent: str
    jnote: str
    accepted: str
    cancelled: str
    verified: str
    provisional: str
    token: str
    mail: str
    certificate: str
    allowed: str
    invitation: str
    registered: str
    reset: str
    invited: str
    locked: str
    ca: str
    planned: str
    disturbed: str
    manual: str
    file: str
    inventory: str
    calendar_change: str
    calendar_plan: str
    ended_inventory: str
    changing: str
    moving: str
    deleted: str
    faulty_file: str
    checked_file: str
    m: str


@dataclass(frozen=True, slots=True)
class _Ground:
    session: Session
    higashi: Organization
    manager: User
    staff: User
    now: datetime

    def text(self, title: str, kind: str = "planned-stop", title_en: str = "", source_en: str = "") -> ArticleText:
        kind_id = self.session.scalars(select(ArticleKind.id).where(ArticleKind.slug == kind)).one()
        page_id = make.page(self.session, "taxis").id
        return article_text(
            page_id=page_id, kind_id=kind_id, title=title, source=SOURCE, title_en=title_en, source_en=source_en
        )

    def drafted(self, title: str, kind: str = "planned-stop") -> Article:
        return draft_article(self.session, self.text(title, kind), by=acting(self.staff), now=self.now)

    def published(self, title: str, kind: str = "planned-stop") -> Article:
        article = self.drafted(title, kind)
        publish(self.session, article, revision=1, suppress_reason=None, by=acting(self.staff), now=self.now)
        return article

    def request(self, login_id: str) -> RightsRequest:
        asked = AskedRights(taxis="1011", johs="J1010", juju="yes", loacus="02011")
        facts = {"login_id": login_id, "asked": asked, "memo": "交代要員のため、6人目をお願いします。"}
        return entered(self.session, self.higashi, acting(self.manager), self.now, **facts)


def _bulk_files(ground: "_Ground") -> dict[str, str]:
    """One with a bad row and one that can be sent."""
    row = "新規,,新田 一,ニッタ ハジメ,nitta{number}@higashi-gas.example,{code},あり,,,"
    found = {}
    for number, (name, code) in enumerate((("faulty_file", "1110"), ("checked_file", "1011"))):
        content = "\n".join([",".join(HEADINGS), row.format(number=number, code=code)]).encode()
        file = take_in(
            ground.session, ground.higashi, "四月の異動.csv", content, by=acting(ground.manager), now=ground.now
        )
        found[name] = file.public_id
    return found


def stocked(app: Flask, cast: Cast) -> Stock:
    with app.app_context(), transaction() as session:
        manager = session.get_one(User, cast.higashi_manager.user_id)
        higashi = session.get_one(Organization, manager.organization_id)
        staff = session.get_one(User, cast.reception.user_id)
        for person in (cast.higashi_deputy, cast.reception_two):
            session.get_one(User, person.user_id).language = "en"
        ground = _Ground(session, higashi, manager, staff, datetime.now(UTC) - timedelta(minutes=5))
        verified, provisional = _addresses(ground)
        article, draft, withdrawn = _articles(ground)
        note_opened(session, cast.higashi_reader.user_id, article.id, 1, "PC-EIGYO-0001", ground.now)
        waiting, accepted, cancelled = _requests(ground)
        return Stock(
            ca=known_cas(session)[0].public_id,
            article=article.public_id,
            draft=draft.public_id,
            withdrawn=withdrawn.public_id,
            waiting=waiting.public_id,
            unsent=_unsent(ground).public_id,
            jnote=_jnote_list(ground).public_id,
            accepted=accepted.public_id,
            cancelled=cancelled.public_id,
            verified=verified.public_id,
            provisional=provisional.public_id,
            token=token_for(link_desk(app.config["PORTAL"].secrets.keys), provisional),
            mail=session.scalars(select(Mail.public_id).limit(1)).one(),
            certificate=_certificate(ground).public_id,
            allowed=_from_abroad(ground).public_id,
            **_bulk_files(ground),
            m=_processed(ground),
            **_planned_articles(ground),
            **_stops(ground),
            **_manual(ground, article, cast.higashi_reader.user_id),
            **_inventories(ground),
            **_people(ground),
            **_closing_days(ground, accepted),
            **_accounts(ground, app.config["PORTAL"].secrets.keys),
        )


def _planned_articles(ground: _Ground) -> dict[str, str]:
    """One that is to go public and to end, one that has ended."""
    at, ends_at = ground.now + timedelta(days=3), ground.now + timedelta(days=30)
    scheduled = ground.drafted(LONG)
    decision = Decision(1, go_live_at=at, ends_at=ends_at, suppress_reason=LONG)
    go_public(ground.session, scheduled, decision, by=acting(ground.staff), now=ground.now)
    ended = ground.published(f"{LONG}(終了)", kind="business")
    ended.ends_at = ground.now + timedelta(minutes=1)
    return {"scheduled": scheduled.public_id, "ended": ended.public_id}


def _stops(ground: _Ground) -> dict[str, str]:
    """One of each kind; the disturbance has been told of, and its next word is due."""
    at, by, session = ground.now, acting(ground.staff), ground.session
    hour, begun = timedelta(hours=1), at - timedelta(hours=3)
    make.planned_stop(session, ground.staff, effect=LONG, from_at=begun, until_at=at)
    row = begin_disturbance(session, "TAXIS", effect=LONG, from_at=begun, next_update_at=at, by=by, now=at - 2 * hour)
    tell(session, row, version=1, words=LONG, next_update_at=at, by=by, now=at - hour)
    planned = make.planned_stop(session, ground.staff, effect=LONG, from_at=at + hour, until_at=at + 2 * hour)
    return {"planned": planned.public_id, "disturbed": row.public_id}


def _closing_days(ground: _Ground, accepted: RightsRequest) -> dict[str, str]:
    """One that is saved and moved a request, one that is only planned."""
    session, by, now = ground.session, acting(ground.staff), ground.now
    assert accepted.processing_date is not None
    saved = saved_change(session, by, DayChange(DayKind.CLOSE, accepted.processing_date, LONG[:40]), now=now)
    session.refresh(accepted)
    planned = plan_change(session, [DayChange(DayKind.CLOSE, accepted.processing_date, "臨時休業")], by=by, now=now)
    return {"calendar_change": saved.public_id, "calendar_plan": planned.public_id}


def _inventories(ground: _Ground) -> dict[str, str]:
    """One that has ended with what was answered, one that runs."""
    session, of, now = ground.session, ground.higashi, ground.now
    manager, staff, due_on = acting(ground.manager), acting(ground.staff), day_of(now) + timedelta(days=20)
    ended = start_campaign(session, LONG[:60], due_on, by=staff, now=now)
    people = session.scalars(select(User.public_id).where(User.organization_id == of.id)).all()
    keep(session, ended, of, people, by=manager, now=now)
    sign_off(session, ended, of, by=manager, now=now)
    end_campaign(session, ended, by=staff, now=now)
    running = start_campaign(session, "下期の棚卸", due_on, by=staff, now=now)
    asked = select(User.public_id).join(InventoryItem, InventoryItem.user_id == User.id)
    others = asked.where(
        InventoryItem.campaign_id == running.id, User.organization_id == of.id, User.contact_role.is_(None)
    )
    keep(session, running, of, session.scalars(others.order_by(User.id).limit(1)).all(), by=manager, now=now)
    return {"inventory": running.public_id, "ended_inventory": ended.public_id}


def _accounts(ground: _Ground, keys: Sequence[str]) -> dict[str, str]:
    """One who is to register, one who has, one who has forgotten the password, one who is locked."""
    session, of, now = ground.session, ground.higashi, ground.now
    invited, registered, forgetful = (make.user(session, of) for _ in range(3))
    locked = make.user(session, of, locked_at=now, lock_reason="password", wrong_passwords=5)
    forgetful.reset_version, forgetful.reset_sent_at = 1, now
    forgetful.secret_question, forgetful.secret_answer_hash = "first_pet", "unknown"
    sent = {"created_at": now, "link_sent_at": now, "password_sent_at": now}
    pairs = [CredentialPair(user=invited, **sent), CredentialPair(user=registered, used_at=now, **sent)]
    session.add_all(pairs)
    session.flush()
    desk = credential_desk(keys)
    return {
        "invitation": invitation_for(desk, pairs[0]),
        "registered": invitation_for(desk, pairs[1]),
        "reset": reset_for(reset_desk(keys), forgetful),
        "invited": invited.public_id,
        "locked": locked.public_id,
    }


def _people(ground: _Ground) -> dict[str, str]:
    """One whose rights change, one who moves to another ID, one whose ID is deleted while rights stand."""
    session, of, by, now = ground.session, ground.higashi, acting(ground.manager), ground.now
    rights = {"TAXIS": "1010", "JOHS": "J1010", "LOACUS": "02010"}
    long_ago = now - timedelta(days=240)
    changing, moving, deleted = (
        make.user(session, of, name="三菱 " + "長" * 30, rights=rights, created_at=long_ago) for _ in range(3)
    )
    wanted = Wanted(AskedRights(taxis="1012", loacus="02011"), LONG)
    enter_change(session, of, changing, wanted, CALENDAR, by=by, now=now)
    new_id = "b.kitajima-saburo-mitsubishi@takusou-jigyo-honbu.higashi-gas.example"
    enter_id_change(session, of, moving, entry(login_id=new_id), by=by, now=now)
    deleted.deleted_at = now
    session.add(DormancyStep(user_id=deleted.id, counted_from=long_ago, stage="deletion", on=day_of(now), at=now))
    session.flush()
    return {"changing": changing.public_id, "moving": moving.public_id, "deleted": deleted.public_id}


def _certificate(ground: _Ground) -> Certificate:
    """One that ends soon, with names as long as they come."""
    issued, at = make.client_certificate(not_before=ground.now - timedelta(days=710)), ground.now
    row = Certificate(
        fingerprint=issued.certificate.fingerprint(SHA256()).hex(),
        issuer="CN=Managed Client Certificate Issuing Authority for Business G4,O=Trust Example Co. Ltd.,C=JP",
        serial=f"{issued.certificate.serial_number:x}",
        subject="CN=" + "higashi-gas-eigyo-honbu-client-certificate-" * 4 + ",O=Higashi",
        not_before=issued.certificate.not_valid_before_utc,
        not_after=issued.certificate.not_valid_after_utc,
        pem=issued.pem.decode(),
    )
    of, pc = ground.higashi, "営業本部配送計画グループ検針業務専用PC-EIGYO-HONBU-0001"
    row.registrations = [CertificateRegistration(organization_id=of.id, pc_name=pc, registered_at=at)]
    ground.session.add(row)
    ground.session.flush()
    return row


def _from_abroad(ground: _Ground) -> AllowedAddress:
    """One entry of each state, and what was refused."""
    session, of, staff, today = ground.session, ground.higashi, ground.staff, day_of(ground.now)
    overdue = make.allowed_address(session, of, staff, review_on=today - timedelta(days=1), reason=LONG)
    make.allowed_address(session, of, staff, "2001:db8:ffff:eeee::/64", review_on=today + timedelta(days=20))
    make.allowed_address(session, of, staff, "203.0.113.7/32", ended_at=ground.now, ended_by_id=staff.id)
    for address, fingerprint, country in (
        ("198.51.100.77", "ab" * 32, "US"),
        ("2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa", "", ""),
    ):
        whose = of.id if fingerprint else None
        facts = {"first_at": ground.now, "last_at": ground.now, "count": 12_345, "organization_id": whose}
        session.add(BlockedAccess(day=today, address=address, fingerprint=fingerprint, country=country, **facts))
    session.flush()
    return overdue


def _addresses(ground: _Ground) -> tuple[ContactAddress, ContactAddress]:
    session, of, staff, now = ground.session, ground.higashi, ground.staff, ground.now
    verified = make.address(session, of, staff, verified_by_id=ground.manager.id)
    return verified, make.address(session, of, staff, verified_at=None, registered_at=now, link_sent_at=now)


def _articles(ground: _Ground) -> tuple[Article, Article, Article]:
    session, by, now = ground.session, acting(ground.staff), ground.now
    ground.published("検針結果のダウンロードに時間がかかっています", "disturbance")
    article, withdrawn = ground.published("計画停止のお知らせ"), ground.published("取り下げるお知らせ", "business")
    _attach(ground, article)
    text = ground.text(LONG, title_en=LONG_ENGLISH, source_en="## When\n\nOn Saturday.[^1]\n\n[^1]: Or later.")
    save_update(session, article, text, revision=1, suppress_reason="誤字の訂正のみ", by=by, now=now)
    ask_acknowledgement(session, article, by=by, now=now)
    acknowledge(session, article.id, article.public_id, "PC-EIGYO-0001", by=acting(ground.manager), now=now)
    withdraw(session, withdrawn, "中止になったため", by=by, now=now)
    draft = ground.drafted("下書きの件名")
    save_draft(session, draft, ground.text(LONG), revision=1, by=by, now=now)
    _typed(ground, draft)
    return article, draft, withdrawn


def _typed(ground: _Ground, draft: Article) -> None:
    """Unsaved words of two people: one began before the draft was saved again."""
    words = {"title": f"{LONG}(続報)", "source": SOURCE.replace("22:00", "23:00"), "page": "johs", "kind": "business"}
    other = ground.session.scalars(select(User).where(User.name_kanji == "受付 進")).one()
    for person, article in ((ground.staff, draft), (ground.staff, None), (other, draft)):
        place = Place(person.id, draft.public_id if article else "new-0123456789ab", article.id if article else None)
        keep_typed(ground.session, place, written(words), revision=1 if article else 0, known=0, now=ground.now)


def _attach(ground: _Ground, article: Article) -> None:
    name = "停止時間中の業務手順_2026年12月5日から6日まで_改訂第2版_TAXIS検針結果.pdf"
    file = make.attachment(ground.session, article, name=name, added_at=ground.now)
    text = AttachmentText(
        attachment_id=file.id, state="read", text="点検票に記入してください。" * 9, read_at=ground.now
    )
    ground.session.add(text)
    ground.session.flush()


def _manual(ground: _Ground, article: Article, reader_id: int) -> dict[str, str]:
    """Three versions with long words, of which the reader has the first; the last wasn't told of yet."""
    session, now = ground.session, ground.now
    facts = {"sha256": "0123456789abcdef" * 4, "page_count": 128, "size": 4_567_890, "added_by_id": ground.staff.id}
    name = "TAXIS操作マニュアル_検針結果_ダウンロード編"
    files = [
        make.attachment(
            session, article, name=f"{name}_{number}.pdf", added_at=now + timedelta(seconds=number), **facts
        )
        for number in range(3)
    ]
    manual = make.manual(session, *files, name=f"{name}(配送先変更に伴う再作成と再配信の手順を含む)")
    files[1].what_changed, files[2].what_changed = LONG, f"{LONG}\n図を差し替えた"
    note_fetched(session, reader_id, manual.id, 1, "PC-EIGYO-0001", now)
    file = session.scalars(
        select(Attachment.public_id).where(Attachment.article_id == article.id, Attachment.manual_id.is_(None))
    ).one()
    return {"manual": manual.public_id, "file": file}


def _jnote_list(ground: _Ground) -> JNoteList:
    """One that is taken over, and a smaller one that waits; some of our people stand in it."""
    by = acting(ground.staff)
    contents = (
        f"{ground.manager.login_id}\nb@jnote.example\nc@jnote.example".encode(),
        ground.manager.login_id.encode(),
    )
    first, second = (
        keep_checked(ground.session, judge_list(each), "ids.csv", by=by, now=ground.now) for each in contents
    )
    take_over(ground.session, first, by=by, now=ground.now)
    return second


def _unsent(ground: _Ground) -> RequestDraft:
    typed = {"name_kanji": "北島 三郎", "login_id": "d@higashi-gas.example", "taxis": "1012", "loacus": "02011"}
    sheet = Sheet("new", public_id(), "", written_draft(typed))
    draft = keep_draft(ground.session, ground.higashi.id, sheet, by=acting(ground.manager), now=ground.now)
    assert draft is not None
    return draft


def _processed(ground: _Ground) -> str:
    """A processing date that has been: answered and overdue, delayed."""
    session, by, long_ago = ground.session, acting(ground.staff), ground.now - timedelta(days=40)
    then = replace(ground, now=long_ago)
    rows = [then.request(f"m{number}@higashi-gas.example") for number in range(2)]
    for row in rows:
        accept_request(session, row, CALENDAR, by=by, now=long_ago)
    carry_out(session, day_of(ground.now), 10, by=by, now=ground.now)
    rows[0].account_result_at = long_ago + timedelta(days=20)
    m = rows[0].processing_date
    assert m is not None
    days = StartingDays(CALENDAR.plus(m, 40), CALENDAR.plus(m, 45))
    delay_processing_day(session, m, days, LONG, CALENDAR, by=by, now=ground.now)
    return str(m)


def _requests(ground: _Ground) -> tuple[RightsRequest, RightsRequest, RightsRequest]:
    session, by, now = ground.session, acting(ground.staff), ground.now
    waiting = ground.request("a.kitajima-saburo-mitsubishi@takusou-jigyo-honbu.higashi-gas.example")
    accepted, cancelled = ground.request("b@higashi-gas.example"), ground.request("c@higashi-gas.example")
    accept_request(session, accepted, CALENDAR, by=by, now=now)
    cancel_request(session, cancelled, "カナの誤り", "東野 様", now, by=by, now=now)
    return waiting, accepted, cancelled
