"""``roundtable schedule`` and its neighbours as a person or a program uses them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from web.cli import cli, guarded


def event(**changes: Any) -> dict[str, Any]:
    """Two startups and two partners, two slots, one table."""
    people = [{"id": "s1", "side": "startup"}, {"id": "s2", "side": "startup"}]
    people += [{"id": "p1", "side": "partner"}, {"id": "p2", "side": "partner"}]
    return {
        "event": {"id": "day", "timezone": "America/New_York"},
        "slots": [
            {"id": "t1", "start": "2023-04-28T09:00", "end": "2023-04-28T09:20"},
            {"id": "t2", "start": "2023-04-28T09:20", "end": "2023-04-28T09:40"},
        ],
        "tables": [{"id": "T1"}],
        "participants": people,
        "pairs": [
            {"startup": "s1", "partner": "p1", "fit": 0.9},
            {"startup": "s1", "partner": "p2", "fit": 0.5},
            {"startup": "s2", "partner": "p1", "fit": 0.8},
        ],
        **changes,
    }


class Command:
    """The command with a data folder and files of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, name: str, content: Any) -> str:
        path = self.folder / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def read(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli, ["--data-dir", self.path("data"), *arguments])


@pytest.fixture
def run(tmp_path: Path) -> Command:
    return Command(tmp_path)


def test_a_timetable_is_written_shown_checked_and_kept(run: Command) -> None:
    done = run("schedule", run.file("e.json", event()), "-o", run.path("s.json"))
    assert done.exit_code == 0
    written = run.read("s.json")
    assert written["status"] == "optimal"
    # One table and two slots: the two best pairs share p1, who can meet them one after the other.
    assert {(m["startup"], m["partner"]) for m in written["meetings"]} == {("s1", "p1"), ("s2", "p1")}
    (value,) = (stage for stage in written["stages"] if stage["name"] == "value")
    assert value["value"] == value["bound"] == pytest.approx(1.7)
    assert "2 meetings of 3 of 4 participants, 1 pair without one" in done.stdout
    assert "kept as version 1 of day" in done.stderr
    assert run("check", run.path("e.json"), run.path("s.json")).exit_code == 0
    assert "1" in run("versions", "day").stdout


def test_without_a_timetable_the_code_is_3_and_the_way_out_is_said(run: Command) -> None:
    pairs = [{**pair, "state": "must"} for pair in event()["pairs"]]
    arguments = ("schedule", run.file("e.json", event(pairs=pairs)), "-o", run.path("s.json"))
    done = run(*arguments, "--lang", "en")
    assert done.exit_code == 3
    assert "There is no timetable." in done.stdout
    assert "What would help, cheapest first:" in done.stdout
    assert "one more table at " in done.stdout
    written = run.read("s.json")
    assert written["status"] == "infeasible"
    assert written["conflicts"]
    assert not written["meetings"]
    assert run("check", run.path("e.json"), run.path("s.json")).exit_code == 0
    assert "가능한 시간표가 없습니다" in run(*arguments, "--lang", "ko").stdout


def test_a_change_says_who_has_to_be_told(run: Command) -> None:
    run("schedule", run.file("e.json", event()), "-o", run.path("s.json"))
    gone = [
        {**each, "unavailable": ["t1", "t2"]} if each["id"] == "s2" else each
        for each in event()["participants"]
    ]
    done = run(
        *("schedule", run.file("e2.json", event(participants=gone)), "-o", run.path("s2.json")),
        *("--keep", run.path("s.json"), "--lang", "en"),
    )
    assert done.exit_code == 0
    assert {(m["startup"], m["partner"]) for m in run.read("s2.json")["meetings"]} == {
        ("s1", "p1"),
        ("s1", "p2"),
    }
    assert "1 new, 1 cancelled, 0 moved" in done.stdout
    assert "kept as version 2 of day" in done.stderr


def test_fairness_comes_before_the_total(run: Command) -> None:
    # s1 alone is worth more than both together; fairly, both meet.
    pairs = [
        {"startup": "s1", "partner": "p1", "fit": 0.9},
        {"startup": "s1", "partner": "p2", "fit": 0.9},
        {"startup": "s2", "partner": "p1", "fit": 0.1},
    ]
    path = run.file("e.json", event(pairs=pairs))
    for option, expected in (((), {"s1"}), (("--fair",), {"s1", "s2"})):
        assert run("schedule", path, "-o", run.path("s.json"), *option).exit_code == 0
        assert {m["startup"] for m in run.read("s.json")["meetings"]} == expected
        assert run("check", path, run.path("s.json")).exit_code == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (event(slots=[]), "no slot 't1'"),
        (event(pairs=[{"startup": "s9", "partner": "p1"}]), "no participant 's9'"),
        (event(pairs=[{"startup": "p1", "partner": "s1"}]), "'p1' is a partner"),
    ],
)
def test_a_wrong_event_is_one_line(
    run: Command, content: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if said.startswith("no slot"):
        content = {**content, "tables": [{"id": "T1", "closed": ["t1"]}]}
    path = run.file("e.json", content)
    arguments = ["--data-dir", run.path("data"), "schedule", path, "-o", run.path("s.json")]
    assert guarded(lambda: cli.main(arguments, standalone_mode=False)) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("roundtable: e.json, field ")
    assert said in line
    assert not (run.folder / "s.json").exists()


def test_now_needs_the_timetable_in_force(run: Command, capsys: pytest.CaptureFixture[str]) -> None:
    path = run.file("e.json", event())
    arguments = ["schedule", path, "-o", run.path("s.json"), "--now", "2023-04-28T09:10:00"]
    assert guarded(lambda: cli.main(arguments, standalone_mode=False)) == 2
    assert "--keep" in capsys.readouterr().err


def test_an_interrupt_keeps_the_best_found(run: Command) -> None:
    sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
    from days import SETTINGS, make_day

    path = run.folder / "big.json"
    path.write_text(make_day("40x30x16", SETTINGS["few_tables"], 0.7).model_dump_json(), encoding="utf-8")
    program = "import sys; from web.cli import main; sys.argv[0] = 'roundtable'; main()"
    command = [sys.executable, "-c", program, "--data-dir", run.path("data"), "schedule", str(path)]
    process = subprocess.Popen(
        [*command, "-o", run.path("s.json"), "--seconds", "600"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("breaks:"):
            break
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "stopping with the best found so far" in err
    assert out.splitlines()[-2].startswith("feasible after")
    assert run("check", str(path), run.path("s.json")).exit_code == 0
