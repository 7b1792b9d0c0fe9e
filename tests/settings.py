from pathlib import Path
from typing import Any

from base.secret_file import Secrets
from base.settings import Desk, Operator, Settings
from tests.certificates import authority

KEY = "k" * 43
FRONT_SECRET = "between the front and the application"
HOST = "portal.example"
BASE_URL = f"https://{HOST}"
RECEPTION = Desk(
    "託送受付センター",
    "業務と申請",
    "営業日 9:00〜17:00",
    phone="0570-000-111",
    mail="desk@minami-network.example",
    name_en="Reception center",
    about_en="Business and applications",
    hours_en="Business days 9:00–17:00",
)
DISTURBANCE = Desk(
    "託送システム障害受付窓口",
    "障害とログイン",
    "毎日",
    phone="0570-000-222",
    name_en="System disturbance desk",
    about_en="Disturbances and login",
    hours_en="Every day",
)
SUPPORT = Desk(
    "認証サポート窓口",
    "ロック解除",
    "平日 9:00〜18:00",
    phone="0570-000-333",
    name_en="Login support desk",
    about_en="Unlocking",
    hours_en="Weekdays 9:00–18:00",
)
OPERATOR = Operator(
    "みなみ都市ガスネットワーク",
    (RECEPTION, DISTURBANCE, SUPPORT),
    DISTURBANCE,
    SUPPORT,
    "Minami City Gas Network",
)


# Documentation's addresses: ours and the visitors' of all tests in Japan, the others abroad.
COUNTRIES = """# Generated: Sun, 01 Nov 2026 00:00:00 GMT
3221225984,3221226239,JP
3325256704,3325256831,US
3325256832,3325256959,DE
3405803776,3405803903,??
"""


def country_file(folder: Path) -> Path:
    """192.0.2.0/24 Japan, 198.51.100.0/25 USA, 198.51.100.128/25 Germany; 203.0.113.0/25 nobody's, the rest isn't there."""
    file = folder / "countries"
    if not file.exists():
        file.write_text(COUNTRIES, encoding="ascii")
    return file


def settings_for(database_url: str, folder: Path, **changes: Any) -> Settings:
    """As in production behind the front, with the cheapest hash and limits that no test meets by chance."""
    ca_file = folder / "client-ca.crt"
    if not ca_file.exists():
        ca_file.write_bytes(authority().ca.pem)
    values: dict[str, Any] = {
        "base_url": BASE_URL,
        "database_url": database_url,
        "secrets": Secrets((KEY,), front_secret=FRONT_SECRET),
        "operator": OPERATOR,
        "client_ca_file": ca_file,
        "files_dir": folder / "files",
        "certificate_source": "nginx",
        "mail_from": "info@minami-network.example",
        "smtp_security": "none",
        "argon2_memory": 8,
        "argon2_time": 1,
        "country_data": (country_file(folder),),
        "tries_by_certificate": 100_000,
        "tries_by_id": 100_000,
    }
    return Settings(**(values | changes))
