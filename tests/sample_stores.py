"""Stores of changed copies of the sample directory, read with the vectors that are kept between runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from matcher.service import Service, open_service
from profiles.model import Profile
from profiles.store import opened

MakeService = Callable[[Sequence[Profile]], Service]


@contextmanager
def services(cache_dir: Path) -> Iterator[MakeService]:
    """A maker of services over stores of their own."""
    with ExitStack() as stack:
        cache_dir.mkdir(parents=True, exist_ok=True)
        vectors = stack.enter_context(opened(f"sqlite:///{cache_dir / 'evaluation-vectors.db'}"))

        def make(profiles: Sequence[Profile]) -> Service:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            store = stack.enter_context(opened(f"sqlite:///{folder / 'store.db'}"))
            store.apply(profiles)
            return open_service(store, index_dir=folder / "index", cache_dir=cache_dir, vectors=vectors)

        yield make


def changed(profiles: Sequence[Profile], profile_id: str, **fields: Any) -> list[Profile]:
    """The same profiles, one of them with other fields."""
    assert profile_id in {profile.id for profile in profiles}
    return [
        Profile.model_validate({**profile.model_dump(), **fields}) if profile.id == profile_id else profile
        for profile in profiles
    ]
