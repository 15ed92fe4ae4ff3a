"""What the tests share: the real model, converted once a machine, services over profiles, and the pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from web_helpers import signed_in

from matcher.service import Service, open_service
from profiles.importers import parse_file
from profiles.model import Kind, Profile, Side
from profiles.store import Store
from web import create_app
from web.settings import SAMPLE_DIRECTORY, Settings


@pytest.fixture(scope="session")
def cache_dir() -> Path:
    """Where the converted model lies: the same place as for ``make demo``, so that neither makes it twice."""
    return Settings().cache_dir


@pytest.fixture(scope="session")
def sample_profiles() -> list[Profile]:
    """The sample directory, read as a user's files would be."""
    parsed = [parse_file(path) for path in sorted(SAMPLE_DIRECTORY.glob("*.jsonl"))]
    assert [one.rejections for one in parsed] == [()] * len(parsed)
    return [profile for one in parsed for profile in one.profiles]


@pytest.fixture(scope="session")
def sample_service(
    tmp_path_factory: pytest.TempPathFactory, cache_dir: Path, sample_profiles: list[Profile]
) -> Iterator[Service]:
    """A service over the sample directory. Read only: tests that write make their own store."""
    folder = tmp_path_factory.mktemp("sample")
    store = Store.open(f"sqlite:///{folder / 'sample.db'}")
    store.apply(sample_profiles)
    # The real model's vectors, kept between runs: reading the sample takes minutes on a busy machine.
    cache_dir.mkdir(parents=True, exist_ok=True)
    vectors = Store.open(f"sqlite:///{cache_dir / 'evaluation-vectors.db'}")
    yield open_service(store, index_dir=folder / "index", cache_dir=cache_dir, vectors=vectors)
    vectors.close()
    store.close()


@pytest.fixture(scope="module")
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, cache_dir: Path
) -> Iterator[Service]:
    """A service over the ``PROFILES`` of the test's module. Read only."""
    folder = tmp_path_factory.mktemp("service")
    store = Store.open(f"sqlite:///{folder / 'test.db'}")
    store.apply(request.module.PROFILES)
    yield open_service(store, index_dir=folder / "index", cache_dir=cache_dir)
    store.close()


@pytest.fixture
def app(service: Service, tmp_path: Path) -> Flask:
    """The pages over ``service``."""
    app = create_app(Settings(data_dir=tmp_path, secret_key="k" * 40), service)
    app.config["TESTING"] = False  # errors are answered with pages, as they are to people
    return app


@pytest.fixture
def anonymous(app: Flask) -> FlaskClient:
    """A browser without scripts, of somebody who has not signed in."""
    return app.test_client()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without scripts, of an organiser who has signed in."""
    return signed_in(app)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store of one's own."""
    opened = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    yield opened
    opened.close()


@pytest.fixture
def few_profiles() -> list[Profile]:
    """Two startups and four partners whose right answers are plain to see."""

    def profile(profile_id: str, kind: Kind, **fields: object) -> Profile:
        side = Side.STARTUP if kind is Kind.STARTUP else Side.PARTNER
        return Profile.model_validate({"id": profile_id, "side": side, "kind": kind, **fields})

    return [
        profile(
            "s-heart",
            Kind.STARTUP,
            name_ko="하트사운드",
            about="심전도 신호로 부정맥을 찾아내는 인공지능을 개발한다.",
            seeks=("심장내과가 강한 미국 병원과의 임상시험", "미국 특허 출원을 맡을 로펌"),
            offers=("부정맥 판독 인공지능",),
            topics=("clinical", "ip"),
            markets=("US",),
            languages=("ko",),
            country="KR",
        ),
        profile(
            "s-vaccine",
            Kind.STARTUP,
            name="Carrier Bio",
            about="Makes carrier proteins for conjugate vaccines.",
            seeks=("A vaccine maker that buys carrier proteins",),
            offers=("Carrier protein at commercial scale",),
            topics=("supply",),
            markets=("US",),
            languages=("en", "ko"),
            country="KR",
        ),
        profile(
            "p-hospital",
            Kind.HOSPITAL,
            name="Lakeside Heart Hospital",
            about="Hospital with a large cardiology department.",
            offers=("Clinical trials of cardiac devices and arrhythmia software",),
            seeks=("Artificial intelligence that reads electrocardiograms",),
            topics=("clinical",),
            languages=("en",),
            country="US",
            past_deals=12,
        ),
        profile(
            "p-law",
            Kind.LAW_FIRM,
            name="Harbor Patent Law",
            about="Law firm for patents.",
            offers=("Filing of patents in the United States for foreign companies",),
            topics=("ip",),
            languages=("en", "ko"),
            country="US",
        ),
        profile(
            "p-vaccines",
            Kind.PHARMA,
            name="Conjugate Vaccines Inc.",
            about="Develops conjugate vaccines against bacterial disease.",
            seeks=("Suppliers of carrier proteins for vaccines",),
            offers=("Long-term supply contracts for vaccine materials",),
            topics=("supply",),
            languages=("en",),
            country="US",
            past_deals=3,
        ),
        profile(
            "p-bank",
            Kind.INVESTOR,
            name="Northern Timber Capital",
            about="Invests in forestry and paper mills.",
            offers=("Growth capital for sawmills",),
            languages=("en",),
            country="CA",
        ),
    ]
