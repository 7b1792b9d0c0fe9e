"""Who takes part in the demo: organizations, people, PCs. All of it is invented."""

from dataclasses import dataclass, field

OPERATOR = "みなみ都市ガスネットワーク"
HIGASHI = "ひがしガス株式会社"
NISHI = "にしガス株式会社"
MINATO = "みなと製造株式会社"
ASAHI = "あさひエナジー株式会社"
KITA = "きたエネルギー販売株式会社"
MIDORI = "みどりガス販売株式会社"
HIGASHI_SERVICE = "ひがしガスサービス株式会社"

ALL_CODES = {"TAXIS": "1011", "JOHS": "J1010", "JUJU": "yes", "LOACUS": "02010"}


@dataclass(frozen=True, slots=True)
class DemoOrganization:
    """`age` and `ended` in days before today."""

    name: str
    systems: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    contractors: tuple[str, ...] = ()
    age: int = 700
    ended: int | None = None
    is_operator: bool = False


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """`last_login` and `password_age` in days before today, None for never; without `has_credentials` nobody can log in yet."""

    organization: str
    login_id: str
    kanji: str
    kana: str
    client: str
    contact_role: str | None = None
    staff_role: str | None = None
    contractor: str | None = None
    rights: dict[str, str] = field(default_factory=dict)
    last_login: int | None = 1
    has_credentials: bool = True
    is_locked: bool = False
    password_age: int = 20


@dataclass(frozen=True, slots=True)
class DemoPc:
    """A certificate: two years from `age` days before today. Not `is_ours`: by another CA. `is_listed`: the CA has revoked it."""

    client: str
    pc_name: str
    organizations: tuple[str, ...] = ()
    age: int = 200
    is_suspended: bool = False
    is_ours: bool = True
    is_listed: bool = False


ORGANIZATIONS = (
    DemoOrganization(OPERATOR, is_operator=True),
    DemoOrganization(HIGASHI, ("JOHS", "TAXIS", "JUJU", "LOACUS"), ("retailer", "shipper"), (HIGASHI_SERVICE,)),
    DemoOrganization(NISHI, ("JOHS",), ("retailer",)),
    DemoOrganization(MINATO, ("LOACUS",), ("producer",)),
    DemoOrganization(ASAHI, ("JOHS", "TAXIS", "API"), ("retailer", "shipper"), (HIGASHI_SERVICE,), age=320),
    DemoOrganization(MIDORI, ("JOHS",), ("retailer",), age=6),
    DemoOrganization(KITA, ("JOHS", "TAXIS"), ("retailer", "shipper"), ended=45),
)

PEOPLE = (
    DemoPerson(
        OPERATOR,
        "m.hirose@minami-network.example",
        "広瀬 真理",
        "ヒロセ マリ",
        "minami-uketsuke",
        staff_role="reception",
        last_login=0,
    ),
    DemoPerson(
        OPERATOR,
        "k.okuda@minami-network.example",
        "奥田 健司",
        "オクダ ケンジ",
        "minami-uketsuke",
        staff_role="reception",
    ),
    DemoPerson(
        OPERATOR,
        "y.nagase@minami-network.example",
        "長瀬 由香",
        "ナガセ ユカ",
        "minami-uketsuke",
        staff_role="reception",
        last_login=3,
    ),
    DemoPerson(
        OPERATOR, "t.mizuno@minami-network.example", "水野 隆", "ミズノ タカシ", "minami-unei", staff_role="operations"
    ),
    DemoPerson(
        OPERATOR,
        "s.kuroda@minami-network.example",
        "黒田 さやか",
        "クロダ サヤカ",
        "minami-unei",
        staff_role="operations",
        last_login=2,
    ),
    DemoPerson(
        OPERATOR,
        "h.sonobe@minami-network.example",
        "園部 寛",
        "ソノベ ヒロシ",
        "minami-kanri",
        staff_role="administrator",
        last_login=6,
    ),
    DemoPerson(
        HIGASHI,
        "h.azuma@higashi-gas.example",
        "東 花子",
        "アズマ ハナコ",
        "higashi-01",
        contact_role="primary",
        rights=ALL_CODES,
    ),
    DemoPerson(
        HIGASHI,
        "k.sawada@higashi-gas.example",
        "沢田 浩二",
        "サワダ コウジ",
        "higashi-01",
        contact_role="deputy",
        rights={"TAXIS": "1011", "JOHS": "J1010"},
        last_login=4,
    ),
    DemoPerson(
        HIGASHI,
        "n.ishikawa@higashi-gas.example",
        "石川 直樹",
        "イシカワ ナオキ",
        "higashi-02",
        rights={"TAXIS": "1011", "JOHS": "J1010", "JUJU": "yes"},
        last_login=0,
    ),
    DemoPerson(
        HIGASHI,
        "r.takagi@higashi-gas.example",
        "髙木 理恵",
        "タカギ リエ",
        "higashi-02",
        rights={"TAXIS": "1010", "JOHS": "J1010"},
        last_login=9,
        password_age=180,
    ),
    DemoPerson(
        HIGASHI,
        "j.morita@higashi-gas.example",
        "森田 純",
        "モリタ ジュン",
        "higashi-02",
        rights={"LOACUS": "02010"},
        last_login=1,
        password_age=190,
    ),
    DemoPerson(
        HIGASHI,
        "a.nishino@higashi-gas.example",
        "西野 彩",
        "ニシノ アヤ",
        "higashi-02",
        rights={"JOHS": "J1010"},
        last_login=128,
    ),
    DemoPerson(
        HIGASHI,
        "m.kuwabara@higashi-gas.example",
        "桑原 美咲",
        "クワバラ ミサキ",
        "higashi-02",
        rights={"JOHS": "J1010"},
        last_login=157,
    ),
    DemoPerson(
        HIGASHI,
        "s.hamada@higashi-gas.example",
        "浜田 修",
        "ハマダ オサム",
        "higashi-02",
        rights={"JOHS": "J1010"},
        last_login=188,
    ),
    DemoPerson(
        HIGASHI,
        "y.tanabe@higashi-gas.example",
        "田辺 陽子",
        "タナベ ヨウコ",
        "higashi-02",
        rights={"JOHS": "J1010"},
        last_login=214,
    ),
    DemoPerson(
        HIGASHI,
        "d.uchida@higashi-gas.example",
        "内田 大輔",
        "ウチダ ダイスケ",
        "higashi-02",
        rights={"LOACUS": "02011"},
        is_locked=True,
        last_login=14,
    ),
    DemoPerson(
        HIGASHI,
        "c.baba@higashi-service.example",
        "馬場 千秋",
        "ババ チアキ",
        "higashi-service",
        contractor=HIGASHI_SERVICE,
        rights={"JUJU": "yes"},
        last_login=2,
    ),
    DemoPerson(
        HIGASHI,
        "g.ogawa@higashi-service.example",
        "小川 剛",
        "オガワ ゴウ",
        "higashi-service",
        contractor=HIGASHI_SERVICE,
        rights={"TAXIS": "1012", "JUJU": "yes"},
        last_login=5,
    ),
    DemoPerson(
        NISHI,
        "i.nishikawa@nishi-gas.example",
        "西川 一郎",
        "ニシカワ イチロウ",
        "nishi-01",
        contact_role="primary",
        rights={"JOHS": "J1010"},
    ),
    DemoPerson(
        NISHI,
        "e.hamano@nishi-gas.example",
        "浜野 絵里",
        "ハマノ エリ",
        "nishi-01",
        contact_role="deputy",
        last_login=30,
    ),
    DemoPerson(
        NISHI,
        "s.nishida@nishi-gas.example",
        "西田 翔",
        "ニシダ ショウ",
        "nishi-01",
        rights={"JOHS": "J1010"},
        last_login=2,
    ),
    DemoPerson(
        NISHI,
        "w.kubo@nishi-gas.example",
        "久保 渉",
        "クボ ワタル",
        "nishi-01",
        rights={"JOHS": "J1010"},
        last_login=None,
        has_credentials=False,
    ),
    DemoPerson(
        MINATO,
        "r.minato@minato-seizo.example",
        "港 良太",
        "ミナト リョウタ",
        "minato-01",
        contact_role="primary",
        rights={"LOACUS": "03010"},
    ),
    DemoPerson(
        MINATO,
        "y.kaneda@minato-seizo.example",
        "金田 陽子",
        "カネダ ヨウコ",
        "minato-01",
        rights={"LOACUS": "03010"},
        last_login=1,
    ),
    DemoPerson(
        MINATO,
        "o.shiraishi@minato-seizo.example",
        "白石 修",
        "シライシ オサム",
        "minato-01",
        rights={"LOACUS": "03010"},
        last_login=7,
    ),
    DemoPerson(
        ASAHI,
        "m.asakura@asahi-energy.example",
        "朝倉 美咲",
        "アサクラ ミサキ",
        "asahi-01",
        contact_role="primary",
        rights={"TAXIS": "1011", "JOHS": "J1010"},
    ),
    DemoPerson(
        ASAHI,
        "t.hino@asahi-energy.example",
        "日野 徹",
        "ヒノ トオル",
        "asahi-01",
        contact_role="deputy",
        rights={"TAXIS": "1010"},
        last_login=11,
    ),
    DemoPerson(
        ASAHI,
        "f.kitano@asahi-energy.example",
        "北野 史郎",
        "キタノ シロウ",
        "asahi-01",
        rights={"TAXIS": "1011", "JOHS": "J1010"},
        last_login=0,
    ),
    DemoPerson(
        ASAHI,
        "u.ohara@asahi-energy.example",
        "大原 歌織",
        "オオハラ カオリ",
        "asahi-01",
        rights={"JOHS": "J1010"},
        last_login=3,
    ),
    # Its first PC is not registered yet: the two mails wait for that.
    DemoPerson(
        MIDORI,
        "k.midorikawa@midori-gas.example",
        "緑川 圭",
        "ミドリカワ ケイ",
        "",
        contact_role="primary",
        last_login=None,
        has_credentials=False,
    ),
    DemoPerson(
        KITA,
        "b.kitamura@kita-energy.example",
        "北村 文",
        "キタムラ アヤ",
        "kita-01",
        contact_role="primary",
        rights={"TAXIS": "1011"},
        last_login=60,
    ),
)

PCS = (
    DemoPc("minami-uketsuke", "受付PC-01", (OPERATOR,)),
    DemoPc("minami-unei", "運営PC-01", (OPERATOR,)),
    DemoPc("minami-kanri", "管理PC-01", (OPERATOR,)),
    DemoPc("higashi-01", "窓口PC-01", (HIGASHI,)),
    DemoPc("higashi-02", "業務PC-03", (HIGASHI,), age=690),
    DemoPc("higashi-03", "業務PC-04", (HIGASHI,), age=655),
    DemoPc("higashi-03-next", "業務PC-04", (HIGASHI,), age=12),
    DemoPc("higashi-service", "委託先PC-01", (HIGASHI, ASAHI)),
    DemoPc("nishi-01", "にし営業PC-01", (NISHI,)),
    DemoPc("nishi-02", "にし営業PC-02", (NISHI,), age=712),
    DemoPc("minato-02", "港管制PC-03", (MINATO,), age=668),
    DemoPc("minato-04", "港管制PC-05", (MINATO,), age=20),
    DemoPc("minato-01", "港管制PC-02", (MINATO,)),
    DemoPc("asahi-01", "あさひPC-01", (ASAHI,), age=60),
    DemoPc("kita-01", "きたPC-01", (KITA,)),
    DemoPc("expired", "旧業務PC-01", (HIGASHI,), age=760),
    DemoPc("suspended", "業務PC-09", (HIGASHI,), is_suspended=True),
    DemoPc("revoked", "紛失PC-02", (HIGASHI,), is_listed=True),
    DemoPc("unregistered", "業務PC-10"),
    DemoPc("other-ca", "他社CAのPC", is_ours=False),
)
