"""The Nu Html Checker over all the pages of a walk: one program for hundreds of them."""

import json
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

JAR = Path(__file__).resolve().parents[1] / ".cache" / "vnu" / "vnu.jar"
# It compiles little and collects little garbage in the few seconds that it lives.
JAVA = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xss8m"]


def keep(folder: Path, text: str, what: str) -> None:
    """As it came from the server; behind its end stands what it is."""
    folder.mkdir(exist_ok=True)
    (folder / f"{len(list(folder.iterdir())):04}.html").write_text(
        f"{text.rstrip()}\n<!-- {what} -->\n", encoding="utf-8"
    )


def html_faults(folder: Path) -> list[str]:
    """Every error and warning of the pages kept there."""
    if not JAR.exists() or not shutil.which("java"):
        pytest.skip("neither Java nor the checker's jar: tools/html-checker")
    options = ["--format", "json", "--exit-zero-always", "--no-langdetect", "--skip-info-messages"]
    done = subprocess.run([*JAVA, "-jar", str(JAR), *options, str(folder)], capture_output=True, text=True, check=True)
    return [
        f"{_what(Path(urlsplit(each['url']).path))}: line {each.get('lastLine')}: {each['message']} {each.get('extract', '')!r}"
        for each in json.loads(done.stderr)["messages"]
    ]


def _what(page: Path) -> str:
    return page.read_text(encoding="utf-8").splitlines()[-1].removeprefix("<!-- ").removesuffix(" -->")
