"""Every command in the README's section on the API runs as it is written there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_helpers import program
from browsing import Site, served

from matcher.service import open_service
from profiles.consultations import By, Came
from profiles.model import Profile
from profiles.store import Store
from web import create_app
from web.settings import Settings

README = Path(__file__).resolve().parent.parent / "README.md"
ADDRESS = "http://127.0.0.1:8350"
"""Where the README has the server."""

# A refusal ends the script, and no bar of progress stands in what is printed.
STRICT = 'set -euo pipefail\ncurl() { command curl --silent --show-error --fail-with-body "$@"; echo; }\n'


def section(text: str, title: str) -> str:
    """The part of a Markdown text below a heading of the second level."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"the README has no section {title}"
    return found[1]


def commands(text: str) -> list[str]:
    """Its blocks of shell commands."""
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def site(tmp_path: Path, cache_dir: Path, sample_profiles: list[Profile]) -> Iterator[Site]:
    """A live server over the sample directory, of which the README speaks."""
    store = Store.open(f"sqlite:///{tmp_path / 'sample.db'}")
    store.apply(sample_profiles)
    cache_dir.mkdir(parents=True, exist_ok=True)
    vectors = Store.open(f"sqlite:///{cache_dir / 'evaluation-vectors.db'}")
    service = open_service(store, index_dir=tmp_path / "index", cache_dir=cache_dir, vectors=vectors)
    with served(create_app(Settings(data_dir=tmp_path, secret_key="k" * 40), service)) as live:
        yield live
    vectors.close()
    store.close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_commands_of_the_readme_run(site: Site) -> None:
    blocks = commands(section(README.read_text(encoding="utf-8"), "API"))
    assert len(blocks) >= 4
    script = STRICT + "\n".join(blocks).replace(ADDRESS, site.address)
    token = program(site.app).token or ""
    done = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "TOKEN": token},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [match["rank"] for match in answers[1]["matches"]] == [1, 2, 3]
    # What the commands say is done has been done.
    store: Store = site.app.extensions["roundtable"].store
    event = store.consultation("seoul")
    assert event.published == 1
    assert store.get("kr-hearttone").name == "HeartTone"
    assert ("kr-medisapiens", "us-illumina") in {
        meeting.key for meeting in store.timetable("seoul", 1).schedule.meetings
    }
    (note,) = store.notes("seoul")
    assert (note.by, note.result) == (By.ORGANISER, Came.FOLLOW_UP)


def test_the_section_names_what_there_is(site: Site) -> None:
    document = site.app.extensions["roundtable.openapi"]
    paths = [re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + r"\Z") for path in document["paths"]]
    text = section(README.read_text(encoding="utf-8"), "API")
    named = set(re.findall(r"\$API(/[^\"?\s]*)", text))
    assert len(named) > 10
    for address in named:
        assert any(path.match(address) for path in paths), address
