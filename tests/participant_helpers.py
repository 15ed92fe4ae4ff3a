"""What tests of the participants' pages share: a service over a store of one's own that is soon ready.

Its language model is loaded once a session, and what it has read is kept for the other tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from matcher.encoder import Encoder
from matcher.service import Service
from profiles.store import Store


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> Iterator[Encoder]:
    """The real model, with vectors in a store that outlives those of single tests."""
    vectors = Store.open(f"sqlite:///{tmp_path_factory.mktemp('vectors') / 'vectors.db'}")
    yield Encoder(vectors, cache_dir)
    vectors.close()


def service_over(store: Store, encoder: Encoder, folder: Path) -> Service:
    """A service over ``store`` with its index in ``folder``."""
    return Service(store, encoder, folder / "index", lambda _line: None, lambda _what, _done, _all: None)
