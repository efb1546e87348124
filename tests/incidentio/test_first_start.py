"""An installation makes its own secrets, once."""

import subprocess
import sys
from pathlib import Path

from incidentio.first_start import NAMES, ensure_secrets


def test_only_their_owner_reads_the_secrets(tmp_path: Path):
    path = tmp_path / "data" / "secrets.env"
    ensure_secrets(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [line.split("=")[0] for line in path.read_text().splitlines()] == list(NAMES)


def test_secrets_are_made_once(tmp_path: Path):
    path = tmp_path / "secrets.env"
    ensure_secrets(path)
    before = path.read_text()
    ensure_secrets(path)
    assert path.read_text() == before


def test_no_two_installations_share_a_secret(tmp_path: Path):
    ensure_secrets(tmp_path / "one")
    ensure_secrets(tmp_path / "two")
    one, two = ((tmp_path / name).read_text().splitlines() for name in ("one", "two"))
    assert not set(one) & set(two)


def test_processes_that_start_together_agree(tmp_path: Path):
    path = tmp_path / "secrets.env"
    program = (
        "import sys; from pathlib import Path; from incidentio.first_start import ensure_secrets;"
        "sys.stdin.read(); path = Path(sys.argv[1]); ensure_secrets(path); print(path.read_text())"
    )
    racers = [
        subprocess.Popen([sys.executable, "-c", program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(8)
    ]
    for racer in racers:
        racer.stdin.close()
        racer.stdin = None
    assert {racer.communicate()[0].strip() for racer in racers} == {path.read_bytes().strip()}
    assert [file.name for file in tmp_path.iterdir()] == ["secrets.env"]
