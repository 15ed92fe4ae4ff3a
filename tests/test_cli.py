"""The command as a person or a program uses it: output, one-line errors, exit codes, nothing lost."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from profiles.model import Profile
from profiles.store import opened
from web.cli import cli, guarded
from web.settings import Settings

Run = Callable[..., "Done"]


@dataclass(frozen=True)
class Done:
    """What a finished command left."""

    code: int
    out: str
    err: str

    @property
    def error_line(self) -> str:
        """The one line that says what is wrong."""
        lines = [line for line in self.err.splitlines() if line.startswith("roundtable: ")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0]


@pytest.fixture
def run(
    tmp_path: Path, cache_dir: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Run:
    """Runs the command in a folder and with a store of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROUNDTABLE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ROUNDTABLE_CACHE_DIR", str(cache_dir))
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    for name in ("LC_ALL", "LC_MESSAGES", "ROUNDTABLE_DATABASE", "ROUNDTABLE_MODEL"):
        monkeypatch.delenv(name, raising=False)

    def run_command(*arguments: str | Path) -> Done:
        capfd.readouterr()
        code = guarded(lambda: cli.main([str(a) for a in arguments], standalone_mode=False))
        captured = capfd.readouterr()
        return Done(code, captured.out, captured.err)

    return run_command


def stored(tmp_path: Path) -> dict[str, Profile]:
    """What the command's store holds."""
    with opened(Settings(data_dir=tmp_path / "data").database_url) as store:
        return {profile.id: profile for _, profile in store.profiles()}


KOREAN = (
    "관리번호;구분;기업명;회사소개;희망분야;투자유치 희망금액\n"
    "k1;스타트업;나노메딕;혈액 한 방울로 암을 찾는 진단기기를 만든다;미국 병원 임상시험\n공동연구;20억원\n"
    "k2;스타트업;바이오링크;단백질 신약을 설계한다;미국 투자사;협의\n"
).replace("미국 병원 임상시험\n공동연구", '"미국 병원 임상시험\n공동연구"')


def test_a_cp949_file_of_korean_excel(run: Run, tmp_path: Path) -> None:
    (tmp_path / "기업.csv").write_bytes(KOREAN.encode("cp949"))
    done = run("import", "기업.csv")
    assert done.code == 0
    assert done.out.startswith("2 added, 0 updated, 0 unchanged, 0 rejected")
    found = stored(tmp_path)
    assert found["k1"].name_ko == "나노메딕"
    assert found["k1"].seeks == ("미국 병원 임상시험", "공동연구")
    assert found["k1"].raising_usd == pytest.approx(2e9 / 1350, rel=1e-3)
    assert found["k2"].raising_usd is None


def test_a_workbook_with_title_rows(run: Run, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["2023 한미 클러스터 라운드테이블 협력 파트너 명단"])
    sheet.merge_cells("A1:D1")
    sheet.append([])
    sheet.append(["ID", "Company name", "유형", "제공 가능"])
    sheet.append(["p1", "Harbor Hospital", "병원", "Clinical trials; Second opinions"])
    sheet.append([None, None, None, None])
    sheet.append(["p2", "Harbor Law", "로펌", "Patents"])
    book.save(tmp_path / "partners.xlsx")
    done = run("import", "partners.xlsx", "--side", "partner")
    assert (done.code, done.out.splitlines()[0]) == (0, "2 added, 0 updated, 0 unchanged, 0 rejected")
    found = stored(tmp_path)
    assert found["p1"].offers == ("Clinical trials", "Second opinions")
    assert found["p2"].kind.value == "law_firm"


BAD_ROWS = (
    "id,side,kind,name,offers,country\np1,partner,hospital,Good,Trials,US\np2,partner,castle,Bad,Moat,US\n"
)


def test_a_bad_row_never_stops_the_good_ones(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mixed.csv").write_text(BAD_ROWS)
    done = run("import", "mixed.csv")
    assert done.code == 0
    assert set(stored(tmp_path)) == {"p1"}
    with open(tmp_path / "mixed.rejected.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1
    assert (rows[0]["row"], rows[0]["field"], rows[0]["name"]) == ("3", "kind", "Bad")
    assert "use hospital" in rows[0]["reason"]

    # The rejected file, mended, is imported like any other.
    mended = (
        (tmp_path / "mixed.rejected.csv").read_text(encoding="utf-8-sig").replace(",castle,", ",hospital,")
    )
    (tmp_path / "mixed.rejected.csv").write_text(mended, encoding="utf-8-sig")
    assert run("import", "mixed.rejected.csv").out.startswith("1 added")
    assert set(stored(tmp_path)) == {"p1", "p2"}


def test_strict_applies_nothing_and_names_the_place(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mixed.csv").write_text(BAD_ROWS)
    done = run("import", "mixed.csv", "--strict")
    assert done.code == 2
    assert done.error_line.startswith("roundtable: mixed.csv, row 3, field kind: ")
    assert stored(tmp_path) == {}


def test_a_dry_run_writes_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mixed.csv").write_text(BAD_ROWS)
    done = run("import", "mixed.csv", "--dry-run")
    assert done.code == 0
    assert done.out.startswith("1 would be added, 0 would be updated, 0 unchanged, 1 would be rejected")
    assert stored(tmp_path) == {}
    assert not (tmp_path / "mixed.rejected.csv").exists()


def test_the_same_file_twice_changes_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text(
        "name,side,offers\nNo Id Hospital,partner,Trials\n".replace("side", "kind").replace(
            "partner", "hospital"
        )
    )
    assert run("import", "one.csv").out.startswith("1 added")
    assert run("import", "one.csv").out.startswith("0 added, 0 updated, 1 unchanged")
    assert len(stored(tmp_path)) == 1


def test_an_unreadable_file_among_good_ones_applies_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(BAD_ROWS)
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.7 nothing to read here")
    done = run("import", "good.csv", "letter.pdf")
    assert done.code == 2
    assert "letter.pdf" in done.error_line
    assert stored(tmp_path) == {}


def test_likely_duplicates_in_two_languages_are_reported_not_merged(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,side,name_ko,about\na,startup,유바이오로직스,백신\n")
    (tmp_path / "b.csv").write_text("id,side,name,about\nb,startup,EuBiologics,Vaccines\n")
    run("import", "a.csv")
    done = run("import", "b.csv", "--json")
    report = json.loads(done.out)
    assert [{pair["first"], pair["second"]} for pair in report["duplicates"]] == [{"a", "b"}]
    assert set(stored(tmp_path)) == {"a", "b"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["match"], "give either an ID or --text"),
        (["match", "x", "--text", "y"], "give either an ID or --text"),
        (["match", "--text", "  "], "the text is empty"),
        (["match", "nobody"], "no profile with id 'nobody'"),
        (["match", "x", "--top", "0"], "--top"),
        (["match", "x", "--kind", "castle"], "castle"),
        (["match", "x", "--track", "golf"], "golf"),
        (["match", "x", "--diversity", "1.5"], "--diversity"),
        (["match", "x", "--diversity", "nan"], "no profile with id 'x'"),
        (["match", "--text", "x", "--spread"], "shared among stored startups"),
        (["why", "nobody", "else"], "no profile with id 'nobody'"),
        (["why", "nobody"], "PARTNER"),
        (["why", "nobody", "else", "--track", "golf"], "golf"),
        (["report", "--diversity", "-1"], "--diversity"),
        (["report", "--track", "golf"], "golf"),
        (["import", "missing.csv"], "missing.csv"),
        (["import", "missing.csv", "--map", "nothing"], "HEADER=FIELD"),
        (["evaluate", "nowhere"], "nowhere"),
        (["remove", "nobody"], "nobody"),
        (["report"], "nothing to report"),
        (["fly"], "fly"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(run: Run, arguments: list[str], expected: str) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert expected in done.error_line
    assert done.out == ""


def test_a_wrong_setting_is_one_line_and_exit_2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDTABLE_PORT", "eighty")
    done = run("match", "x")
    assert done.code == 2
    assert "ROUNDTABLE_PORT" in done.error_line


def test_matching_by_id_and_by_text(run: Run, tmp_path: Path, few_profiles: list[Profile]) -> None:
    lines = [json.dumps(profile.record(), ensure_ascii=False) for profile in few_profiles]
    (tmp_path / "few.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert run("import", "few.jsonl").code == 0

    done = run("match", "s-vaccine", "--json", "--top", "2")
    assert done.code == 0
    found = json.loads(done.out)
    assert (found["id"], found["candidates"], len(found["matches"])) == ("s-vaccine", 4, 2)
    best = found["matches"][0]
    assert best["partner"] == "p-vaccines"
    assert sum(part["points"] for part in best["parts"]) == pytest.approx(best["score"])

    done = run("match", "s-heart", "--kind", "law_firm", "--json")
    assert [match["partner"] for match in json.loads(done.out)["matches"]] == ["p-law"]

    done = run(
        "match", "--text", "부정맥을 진단하는 인공지능의 미국 임상시험을 함께할 병원을 찾습니다", "--json"
    )
    assert json.loads(done.out)["matches"][0]["partner"] == "p-hospital"

    done = run("match", "s-heart", "--lang", "ko")
    assert "하트사운드" in done.out
    assert "확률이 아닙니다" in done.out

    done = run("match", "p-vaccines", "--json", "--top", "1")
    assert json.loads(done.out)["matches"][0]["startup"] == "s-vaccine"

    done = run("match", "s-hart")
    assert (done.code, "did you mean s-heart?" in done.error_line) == (2, True)

    done = run("search", "cardiology hospital", "--json", "--top", "1")
    assert json.loads(done.out)[0]["id"] == "p-hospital"

    assert run("remove", "p-bank").code == 0
    assert "p-bank" not in stored(tmp_path)
    assert json.loads(run("match", "s-vaccine", "--json").out)["candidates"] == 3

    done = run("report", "--out", tmp_path / "report", "--lang", "ko", "--top", "2")
    assert Path(done.out.strip()) == tmp_path / "report" / "index.html"
    assert {"matches.csv", "matches.xlsx", "matches.json"} <= {
        p.name for p in (tmp_path / "report").iterdir()
    }


def test_evaluate_gives_the_agreed_json(run: Run, tmp_path: Path, few_profiles: list[Profile]) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    for side in ("startup", "partner"):
        rows = [json.dumps(p.record(), ensure_ascii=False) for p in few_profiles if p.side.value == side]
        (folder / f"{side}s.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (folder / "qrels.tsv").write_text(
        "s-heart\tp-hospital\t1\ns-vaccine\tp-vaccines\t1\ns-vaccine\tp-bank\t0\n"
    )
    done = run("evaluate", folder, "--json")
    assert done.code == 0
    result = json.loads(done.out)
    assert (result["startups"], result["partners"]) == (2, 4)
    assert {"random", "popularity", "bm25", "dense", "roundtable"} <= set(result["systems"])
    for row in result["systems"].values():
        assert set(row) == {"recall@10", "ndcg@10", "mrr", "se"}
        assert set(row["se"]) == {"recall@10", "ndcg@10", "mrr"}
    assert result["systems"]["roundtable"]["mrr"] == 1.0
    assert "roundtable" in run("evaluate", folder).out

    (folder / "qrels.tsv").write_text("s-heart\tp-hospital\n")
    done = run("evaluate", folder)
    assert (done.code, "qrels.tsv, row 1" in done.error_line) == (2, True)


def test_the_installed_command_answers() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("roundtable"), "--help"], capture_output=True, text=True, check=True
    )
    for command in ("import", "match", "report", "evaluate", "serve", "demo"):
        assert f"  {command} " in done.stdout


@pytest.fixture
def imported(run: Run, tmp_path: Path, few_profiles: list[Profile]) -> None:
    """The few profiles in the command's store."""
    lines = [json.dumps(profile.record(), ensure_ascii=False) for profile in few_profiles]
    (tmp_path / "few.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert run("import", "few.jsonl").code == 0


@pytest.mark.usefixtures("imported")
def test_a_list_by_track_difference_and_shared_attention(run: Run) -> None:
    done = run("match", "s-heart", "--track", "ip", "--json", "--diversity", "0.5", "--spread")
    found = json.loads(done.out)
    assert found["track"] == "ip"
    assert found["promising"] is True
    assert found["fit_cost"] >= 0
    assert found["matches"][0]["partner"] == "p-law"
    assert {"probability", "confidence", "gains", "track"} <= set(found["matches"][0])
    assert set(found["matches"][0]["gains"]) == {"startup", "partner"}

    plain = run("match", "s-heart", "--top", "2").out
    first = plain.splitlines()[0]
    assert "relative fit within this directory, not a probability" in first
    assert "Confidence: " in plain
    assert "points of mean fit" not in plain
    chosen = run("match", "s-heart", "--top", "2", "--track", "ip", "--diversity", "0.5").out
    assert "Intellectual property" in chosen.splitlines()[0]
    assert "points of mean fit" in chosen.splitlines()[-1]
    assert "상대 적합도이며 확률이 아닙니다" in run("match", "s-heart", "--lang", "ko").out.splitlines()[0]

    done = run("match", "p-law", "--spread")
    assert (done.code, "are for startups" in done.error_line) == (2, True)
    done = run("match", "s-heart", "--diversity", "nan")
    assert (done.code, "diversity" in done.error_line) == (2, True)


@pytest.mark.usefixtures("imported")
def test_why_a_pair_does_not_fit_better(run: Run) -> None:
    done = run("why", "s-heart", "p-bank", "--json")
    found = json.loads(done.out)
    assert set(found) == {"match", "forbidden", "obstacles", "changes"}
    assert found["forbidden"] is False
    assert {"code", "state", "missing"} == set(found["obstacles"][0])
    assert {"field", "value", "quote", "score", "rank", "gain"} == set(found["changes"][0])
    assert all(change["gain"] > 0 for change in found["changes"])

    english = run("why", "s-heart", "p-bank", "--lang", "en").out
    for heading in ("What holds it back", "What would change it", "What each side would gain"):
        assert heading in english
    assert "Northern Timber Capital · Offers: Growth capital for sawmills" in english
    assert "What Northern Timber Capital would gain: names no wants" in english
    korean = run("why", "s-heart", "p-hospital", "--lang", "ko", "--track", "clinical").out
    assert "점수를 높일 수 있는 변화" in korean
    assert "임상시험" in korean.splitlines()[0]

    done = run("why", "p-bank", "s-heart")
    assert done.code == 2
    assert "p-bank" in done.error_line


@pytest.mark.usefixtures("imported")
def test_a_report_with_shared_attention(run: Run, tmp_path: Path) -> None:
    options = ("--top", "1", "--track", "supply", "--diversity", "0.3", "--spread", "--lang", "en")
    done = run("report", "--out", tmp_path / "report", *options)
    assert done.code == 0
    stored = json.loads((tmp_path / "report" / "matches.json").read_text(encoding="utf-8"))
    assert (stored["track"], stored["diversity"], stored["spread"]) == ("supply", 0.3, True)
    assert all({"partner", "before", "after"} == set(row) for row in stored["exposure"])
    assert sum(row["after"] for row in stored["exposure"]) == 2
    assert "Suggested before" in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("imported")
def test_no_good_partner_is_said_plainly(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matcher.service._Opened.promising", lambda self, row: False)
    lines = run("match", "s-heart").out.splitlines()
    assert lines[1].startswith("There is no good partner here.")
    assert any(line.startswith("  1. ") for line in lines)
    lines = run("match", "s-heart", "--lang", "ko").out.splitlines()
    assert lines[1].startswith("이 명부에는 잘 맞는 파트너가 없습니다.")


def test_check_says_what_is_wrong_with_a_timetable(run: Run, tmp_path: Path) -> None:
    event, schedule = tmp_path / "event.json", tmp_path / "schedule.json"
    event.write_text(
        json.dumps(
            {
                "event": {"id": "day"},
                "slots": [{"id": "a", "start": "2026-11-22T09:00", "end": "2026-11-22T09:20"}],
                "tables": [{"id": "T1"}],
                "participants": [
                    {"id": "s", "side": "startup"},
                    {"id": "p", "side": "partner", "unavailable": ["a"]},
                ],
                "pairs": [{"startup": "s", "partner": "p", "fit": 1.0}],
            }
        )
    )
    meeting = {"startup": "s", "partner": "p", "slot": "a", "table": "T1"}
    schedule.write_text(json.dumps({"status": "feasible", "meetings": [meeting]}))
    done = run("check", event, schedule)
    assert done.code == 2
    assert "p" in done.out.splitlines()[0]
    assert "1 fault" in done.out
    schedule.write_text("no")
    bad = run("check", event, schedule)
    assert bad.code == 2
    assert bad.error_line == "roundtable: schedule.json, row 1: is no JSON: expected ident"
