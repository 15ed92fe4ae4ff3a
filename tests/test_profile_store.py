"""Profiles and uploads in the store, on both databases: narrowed down, saved singly, kept until applied."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from test_store import any_store, new_url, postgres, url
from web_helpers import partner, startup

from profiles.errors import ConflictError, InputError, UnknownError
from profiles.model import Kind, Side, Topic
from profiles.store import Narrowed, Order, Store

__all__ = ["any_store", "new_url", "postgres", "url"]  # fixtures

VAXO = startup("Vaxo", "Vaccines.", country="KR", stage="seed", markets=["US", "DE"], topics=["ip", "data"])
CLINIC = partner("Clinic", Kind.HOSPITAL, "A hospital.", country="DE", languages=["de", "en"])
FUND = partner("Fund", Kind.INVESTOR, "A fund.", country="US", stages=["seed", "pre_seed"], markets=["KR"])


@pytest.mark.parametrize(
    ("narrowed", "found"),
    [
        (Narrowed(), ["clinic", "fund", "vaxo"]),
        (Narrowed(country="DE"), ["clinic"]),
        (Narrowed(market="DE"), ["vaxo"]),
        (Narrowed(topic=Topic.IP), ["vaxo"]),
        (Narrowed(language="en"), ["clinic"]),
        (Narrowed(stage="seed"), ["fund", "vaxo"]),
        (Narrowed(stage="pre_seed"), ["fund"]),
        (Narrowed(country="US", market="US"), []),
        (Narrowed(market="%"), []),
    ],
)
def test_hits_are_narrowed_down(any_store: Store, narrowed: Narrowed, found: list[str]) -> None:
    any_store.apply([VAXO, CLINIC, FUND])
    page = any_store.search(narrowed=narrowed)
    assert [each.id for each in page.profiles] == found
    assert page.total == len(found)


def test_hits_are_put_in_order(any_store: Store) -> None:
    any_store.apply([VAXO, CLINIC, FUND])

    def ids(order: Order) -> list[str]:
        return [each.id for each in any_store.search(order=order).profiles]

    assert ids(Order.KIND) == ["vaxo", "clinic", "fund"]
    assert ids(Order.COUNTRY) == ["clinic", "vaxo", "fund"]
    any_store.apply([FUND.model_copy(update={"about": "Another."})])
    assert ids(Order.NEWEST)[0] == "fund"
    assert any_store.countries() == ["DE", "KR", "US"]
    assert [each.id for each in any_store.search("fund", side=Side.PARTNER).profiles] == ["fund"]


def test_one_profile_is_saved_only_as_it_was_seen(any_store: Store) -> None:
    assert any_store.save_profile(VAXO, was=None)
    with pytest.raises(InputError):
        any_store.save_profile(VAXO, was=None)
    revision = any_store.identity()
    assert not any_store.save_profile(VAXO, was=VAXO.content_hash())
    assert any_store.identity() == revision
    changed = VAXO.model_copy(update={"about": "New."})
    assert any_store.save_profile(changed, was=VAXO.content_hash())
    assert any_store.identity() != revision
    for was in (VAXO.content_hash(), "anything"):
        with pytest.raises(ConflictError):
            any_store.save_profile(VAXO, was=was)
    with pytest.raises(ConflictError):
        any_store.save_profile(FUND, was=FUND.content_hash())  # removed in the meantime
    stamp = any_store.stamp(VAXO.id)
    assert stamp.content_hash == changed.content_hash()
    assert (datetime.now(UTC) - stamp.at).total_seconds() < 600


def test_an_import_is_applied_only_over_what_was_seen(any_store: Store) -> None:
    any_store.apply([VAXO, FUND])
    changed = VAXO.model_copy(update={"about": "New."})
    basis = any_store.compare([changed, CLINIC]).basis
    any_store.apply([FUND.model_copy(update={"about": "Of no concern."})])
    assert any_store.compare([changed, CLINIC]).basis == basis
    any_store.apply([VAXO.model_copy(update={"about": "By another."})])
    with pytest.raises(ConflictError):
        any_store.apply([changed, CLINIC], basis=basis)
    assert any_store.get_many([CLINIC.id]) == {}
    any_store.apply([changed, CLINIC], basis=any_store.compare([changed, CLINIC]).basis)
    assert any_store.get(VAXO.id).about == "New."


def test_an_upload_is_kept_with_what_was_mended(any_store: Store) -> None:
    kept = any_store.add_upload(1, "목록.csv", b"\x00\xffdata", {"side": "startup"})
    any_store.mend_upload(kept.number, (None, 3), {"이름": "값", "b": ""})
    any_store.mend_upload(kept.number, ("시트", 3), None)
    found = any_store.upload(kept.number)
    assert (found.file, found.size, found.options) == ("목록.csv", 6, {"side": "startup"})
    assert found.mended == {(None, 3): {"이름": "값", "b": ""}, ("시트", 3): None}
    assert any_store.upload_content(kept.number) == b"\x00\xffdata"
    any_store.unmend_upload(kept.number, (None, 3))
    any_store.set_upload_options(kept.number, {"side": None})
    assert any_store.upload(kept.number).mended == {("시트", 3): None}
    any_store.finish_upload(kept.number, {"counts": {"added": 1}})
    (done,) = any_store.uploads()
    assert (done.size, done.mended, done.options) == (0, {}, {"counts": {"added": 1}})
    assert done.applied_at is not None
    any_store.remove_upload(kept.number)
    for use in (any_store.upload, any_store.upload_content, any_store.remove_upload):
        with pytest.raises(UnknownError):
            use(kept.number)
