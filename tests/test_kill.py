"""A writer that is killed in the middle leaves all of its profiles or none, and a store that opens well."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from profiles.model import Kind
from profiles.store import Store, opened

COUNT = 3_000
ROOT = Path(__file__).resolve().parent.parent
IMPORT = "import sys; from web.cli import main; sys.argv[0] = 'roundtable'; main()"

_BLOCKED = """
import sys
from pathlib import Path
from profiles.importers import parse_file
from profiles.store import Store

def hold(done, total):
    if done >= float(sys.argv[3]) * total:
        print(done, flush=True)
        sys.stdin.read()

Store.open(sys.argv[1]).apply(parse_file(Path(sys.argv[2])).profiles, progress=hold)
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of some thousands of partners."""
    path = tmp_path_factory.mktemp("many") / "many.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(COUNT):
            record = {
                "id": f"p-{number}",
                "side": "partner",
                "kind": "hospital",
                "name": f"{number * 7_919 % 1_000_003:x} Clinic",
                "name_ko": f"{number}번 병원",
                "about": "환자를 진료한다. Treats patients. " * 10,
                "country": "US",
            }
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return path


def held(store: Store) -> int:
    """How many profiles the store holds, after a look at its soundness."""
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    count = store.counts().get(Kind.HOSPITAL, 0)
    assert store.identity()[1] == (1 if count else 0)
    assert len(store.profiles()) == count
    return count


def import_and_kill(database: Path, file: Path, percent: int) -> int:
    """Run ``roundtable import`` on a terminal, kill it when its progress shows ``percent``; its exit code."""
    terminal, other_end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORT, "--database", f"sqlite:///{database}", "import", str(file)],
        stdout=subprocess.DEVNULL,
        stderr=other_end,
        cwd=ROOT,
    )
    os.close(other_end)
    shown = b""
    try:
        while True:
            assert select.select([terminal], [], [], 120)[0], f"no progress within two minutes: {shown!r}"
            try:
                shown += os.read(terminal, 4_096)
            except OSError:  # the other end is closed: it ended by itself
                break
            if any(int(found) >= percent for found in re.findall(rb"\((\d+) %\)", shown)):
                process.send_signal(signal.SIGKILL)
                break
        return process.wait(60)
    finally:
        process.kill()
        process.wait()
        os.close(terminal)


def test_a_killed_import_is_there_as_a_whole_or_not_at_all(tmp_path: Path, many: Path) -> None:
    for percent in (1, 50, 100):
        database = tmp_path / f"{percent}.db"
        assert import_and_kill(database, many, percent) == -signal.SIGKILL
        with opened(f"sqlite:///{database}") as store:
            assert held(store) in (0, COUNT)
    database = tmp_path / "50.db"
    subprocess.run(
        [sys.executable, "-c", IMPORT, "--database", f"sqlite:///{database}", "import", str(many)],
        stdout=subprocess.DEVNULL,
        cwd=ROOT,
        check=True,
    )
    with opened(f"sqlite:///{database}") as store:
        assert held(store) == COUNT


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_what_was_not_committed_is_not_seen_by_others_and_not_kept(
    tmp_path: Path, many: Path, share: float
) -> None:
    """The writer stands still inside its transaction, so that the kill cannot come too late."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    process = subprocess.Popen(
        [sys.executable, "-c", _BLOCKED, url, str(many), str(share)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout
    try:
        assert int(process.stdout.readline()) >= share * COUNT
        with sqlite3.connect(tmp_path / "store.db") as reader:
            assert reader.execute("SELECT count(*) FROM profiles").fetchone() == (0,)
        reader.close()
    finally:
        process.kill()
        process.communicate()
    with opened(url) as store:
        assert held(store) == 0
