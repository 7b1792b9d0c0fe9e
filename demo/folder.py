"""Where everything of a demo lies."""

from dataclasses import dataclass
from pathlib import Path

UNFINISHED = ".unfinished"
SECRET_ANSWER = "ポチ"
P12_PASSWORD = "demo"


@dataclass(frozen=True, slots=True)
class DemoFolder:
    root: Path

    @property
    def ca(self) -> Path:
        return self.root / "ca.crt"

    @property
    def clients(self) -> Path:
        return self.root / "clients"

    @property
    def accounts(self) -> Path:
        """Written last: where it is, the demo is complete."""
        return self.root / "accounts.json"

    @property
    def database(self) -> Path:
        return self.root / "portal.db"

    @property
    def mail(self) -> Path:
        return self.root / "mail"

    @property
    def inside(self) -> Path:
        """What a visitor of the demo needs no look at."""
        return self.root / "inside"

    @property
    def files(self) -> Path:
        return self.inside / "files"

    @property
    def secrets(self) -> Path:
        return self.inside / "secrets.json"

    @property
    def countries(self) -> Path:
        return self.inside / "countries"

    @property
    def clock(self) -> Path:
        """Seconds by which the demo's time is ahead of ours; no file, no difference."""
        return self.inside / "clock"

    @property
    def migrations(self) -> Path:
        return self.inside / "migrations.json"

    @property
    def server_certificate(self) -> Path:
        return self.inside / "server.crt"

    @property
    def server_key(self) -> Path:
        return self.inside / "server.key"

    def log(self, name: str) -> Path:
        return self.inside / f"{name}.log"
