"""For each object that an address can name: one of Higashi's that Nishi may not see, and one that doesn't exist."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex

from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from auth.models import LoginSession, Organization, User
from auth.reset_links import reset_desk
from auth.reset_links import token_for as reset_token_for
from base.outbox import queue_mail
from content.addresses.links import link_desk, token_for
from content.calendar.feed_links import FeedSecret, feed_desk, feed_path
from content.calendar.models import CalendarFeed
from content.models import Publication
from desk.closing.changes import plan_change
from desk.closing.day_rules import DayChange, DayKind
from rights.bulk.files import take_in
from rights.entry.draft_fields import written
from rights.inventory.models import InventoryCampaign, InventoryItem, InventorySignOff
from rights.jnote.csv_rules import judge_list
from rights.jnote.lists import keep_checked
from rights.models import RequestDraft
from rights.requests import accept_request
from tests import make
from tests.auth.credentialing import sent_pair
from tests.cast import Cast
from tests.certificates import NOW, other_authority
from tests.rights.entries import CALENDAR, acting, entered
from tests.settings import KEY

ABSENT = "0000000000zz"
HOW_TO_ADD = (
    "{rule} names an object that the walk over all routes knows nothing of: give tests/hidden.py a builder for "
    "{key!r} that makes one of ひがしガス's (にしガス uses JOHS alone) and answers what stands in the address"
)


@dataclass(frozen=True, slots=True)
class Ground:
    session: Session
    higashi: Organization
    manager: User
    staff: User


def _request(ground: Ground) -> str:
    return entered(ground.session, ground.higashi, acting(ground.manager), NOW).public_id


def _jnote_list(ground: Ground) -> str:
    return keep_checked(
        ground.session, judge_list(b"x@jnote.example"), "ids.csv", by=acting(ground.staff), now=NOW
    ).public_id


def _draft(ground: Ground) -> str:
    facts = {"kind": "new", "fields": written({"name_kanji": "北島 三郎"}), "saved_at": NOW}
    row = RequestDraft(organization_id=ground.higashi.id, saved_by_id=ground.manager.id, **facts)
    ground.session.add(row)
    ground.session.flush()
    return row.public_id


def _processing_day(ground: Ground) -> str:
    row = entered(ground.session, ground.higashi, acting(ground.manager), NOW, login_id="chuo@higashi-gas.example")
    accept_request(ground.session, row, CALENDAR, by=acting(ground.staff), now=NOW)
    return str(row.processing_date)


def _address(ground: Ground) -> str:
    return make.address(ground.session, ground.higashi, ground.staff).public_id


def _allowed(ground: Ground) -> str:
    return make.allowed_address(ground.session, ground.higashi, ground.staff).public_id


def _token(ground: Ground) -> str:
    row = make.address(ground.session, ground.higashi, ground.staff, verified_at=None, link_sent_at=NOW)
    return token_for(link_desk([KEY]), row)


def _credentials(ground: Ground) -> str:
    path, _code = sent_pair(ground.session, ground.session.get_one(User, _person(ground)))
    return path.rpartition("/")[2]


def _reset(ground: Ground) -> str:
    user = ground.session.get_one(User, _person(ground))
    user.reset_version, user.reset_sent_at = 1, NOW
    return reset_token_for(reset_desk([KEY]), user)


def _person(ground: Ground) -> int:
    return make.user(ground.session, ground.higashi, name="東野 新").id


def _mail(ground: Ground) -> str:
    of = ground.higashi.id
    mail = queue_mail(
        ground.session, kind="update", occasion="a:1", address="x@higashi-gas.example", organization_id=of, now=NOW
    )
    assert mail is not None
    return mail.public_id


def _inventory(ground: Ground) -> str:
    """That asks about the ground's people; its organization's record is asked for besides."""
    of, manager = ground.higashi, acting(ground.manager)
    campaign = InventoryCampaign(name="棚卸", due_on=NOW.date(), started_at=NOW, started_by_id=ground.staff.id)
    ground.session.add(campaign)
    ground.session.flush()
    facts = {"campaign_id": campaign.id, "organization_id": of.id}
    ground.session.add(InventoryItem(user_id=ground.manager.id, **facts))
    ground.session.add(InventorySignOff(at=NOW, by_id=manager.user_id, **facts))
    ground.session.flush()
    return campaign.public_id


def _bulk_file(ground: Ground) -> str:
    by, content = acting(ground.manager), "申請種別,メールアドレス(ID)\r\n".encode()
    return take_in(ground.session, ground.higashi, "四月.csv", content, by=by, now=NOW).public_id


def _certificate(ground: Ground) -> str:
    return make.registration(ground.session, ground.higashi, make.client_certificate("pc-09")).certificate.public_id


def _article(ground: Ground) -> str:
    return make.article(ground.session, ground.staff, on="taxis", title="ひがしガスにだけ見えるお知らせ").public_id


def _file(ground: Ground) -> str:
    article = make.article(ground.session, ground.staff, on="taxis")
    row = make.attachment(ground.session, article, name="検針.pdf")
    return row.public_id


def _manual(ground: Ground) -> str:
    article = make.article(ground.session, ground.staff, on="taxis")
    return make.manual(ground.session, make.attachment(ground.session, article)).public_id


def _feed(ground: Ground) -> str:
    renewed = {"renewed_at": NOW, "renewed_by_id": ground.manager.id}
    ground.session.add(CalendarFeed(organization_id=ground.higashi.id, **renewed))
    path = feed_path(feed_desk([KEY]), FeedSecret(ground.higashi.public_id, 1))
    return path.removeprefix("/calendar/").removesuffix(".ics")


def _publication(ground: Ground) -> str:
    article = make.article(ground.session, ground.staff, on="taxis")
    row = Publication(
        article_id=article.id,
        revision=1,
        title=article.title,
        is_mailed=True,
        at=NOW,
        announced_at=NOW,
        by_id=ground.staff.id,
    )
    ground.session.add(row)
    ground.session.flush()
    return row.public_id


def _session(ground: Ground) -> str:
    issued = make.client_certificate(token_hex(4))
    registered = make.registration(ground.session, ground.higashi, issued)
    facts = {"user_id": ground.manager.id, "certificate_id": registered.certificate_id, "pc_name": "PC-01"}
    row = LoginSession(id_hash=token_hex(32), begun_at=NOW, seen_at=NOW, **facts)
    ground.session.add(row)
    ground.session.flush()
    return row.public_id


def _ca(ground: Ground) -> str:
    return make.issuing_ca(ground.session, other_authority()).public_id


def _calendar_change(ground: Ground) -> str:
    days = [DayChange(DayKind.CLOSE, NOW.date() + timedelta(days=16), "創立記念日")]
    return plan_change(ground.session, days, by=acting(ground.staff), now=NOW).public_id


# By what stands left of the object in the address, and the object's name there.
BUILDERS: Mapping[str, Callable[[Ground], str]] = {
    "requests/<public_id>": _request,
    "drafts/<draft_id>": _draft,
    "processing/<day>": _processing_day,
    "<day>/<sheet>": lambda _ground: "accounts",
    "jnote/<public_id>": _jnote_list,
    "addresses/<public_id>": _address,
    "bulk/<public_id>": _bulk_file,
    "inventory/<public_id>": _inventory,
    "inventories/<public_id>": _inventory,
    "organizations/<organization_id>": lambda ground: ground.higashi.public_id,
    "allowed-addresses/<public_id>": _allowed,
    "verify/<token>": _token,
    "credentials/<token>": _credentials,
    "reset/<token>": _reset,
    "users/<public_id>": lambda ground: ground.session.get_one(User, _person(ground)).public_id,
    "people/<public_id>": lambda ground: ground.session.get_one(User, _person(ground)).public_id,
    "mails/<public_id>": _mail,
    "certificates/<public_id>": _certificate,
    "articles/<public_id>": _article,
    "files/<public_id>": _file,
    "files/<file_id>": _file,
    "manuals/<public_id>": _manual,
    "manuals/<manual_id>": _manual,
    "versions/<file_id>": _file,
    "mails/<publication_id>": _publication,
    "sessions/<public_id>": _session,
    "cas/<public_id>": _ca,
    "changes/<public_id>": _calendar_change,
    "systems/<public_id>": lambda ground: make.planned_stop(ground.session, ground.staff).public_id,
    "texts/<slug>": lambda _ground: "contact",
    "templates/<slug>": lambda _ground: "business",
    "systems/<slug>": lambda _ground: "taxis",
    "calendar/<secret>.ics": _feed,
    "pages/<slug>": lambda _ground: "taxis",
    "<slug>/<category>": lambda _ground: "notices",
}


def keys_of(rule: Rule) -> dict[str, str]:
    """For each object in the rule's address, under which key its builder stands; one without a builder fails here."""
    parts = rule.rule.strip("/").split("/")
    named = ((re.search(r"<(\w+)>", part), f"{left}/{part}") for left, part in zip(["", *parts], parts, strict=False))
    keys = {found[1]: key for found, key in named if found}
    for key in keys.values():
        assert key in BUILDERS, HOW_TO_ADD.format(rule=rule.rule, key=key)
    return keys


@dataclass(frozen=True, slots=True)
class Hidden:
    """What stands in the addresses, by its key."""

    values: Mapping[str, str]

    def path(self, rule: Rule) -> str:
        """The rule's address with real objects."""
        return self._filled(rule, self.values)

    def absent(self, rule: Rule) -> str:
        """The same with an object that isn't there."""
        return self._filled(rule, {key: self.values[key] if key == "<slug>/<category>" else ABSENT for key in BUILDERS})

    @staticmethod
    def _filled(rule: Rule, values: Mapping[str, str]) -> str:
        path = rule.rule
        for name, key in keys_of(rule).items():
            path = path.replace(f"<{name}>", values[key])
        return path


def hidden_rows(session: Session, cast: Cast) -> Hidden:
    ground = Ground(
        session,
        session.get_one(Organization, cast.higashi_manager.organization_id),
        session.get_one(User, cast.higashi_manager.user_id),
        session.get_one(User, cast.reception.user_id),
    )
    return Hidden({key: build(ground) for key, build in BUILDERS.items()})
