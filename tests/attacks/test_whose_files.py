"""What the demo keeps is its owner's: passwords, mailed links and the database are no other user's to read (D8)."""

import stat
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def test_no_other_user_of_the_machine_gets_into_the_demo_s_folder(tmp_path: Path) -> None:
    """D8: the folder is closed, so that no file in it has to be."""
    root = tmp_path / "demo"
    root.mkdir(mode=0o755)
    subprocess.run([sys.executable, "-m", "demo.prepare", str(root)], cwd=CHECKOUT, check=True)
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
