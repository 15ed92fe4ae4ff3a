"""What every command works with: the settings, and what is opened when it is first needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from web.settings import Settings

if TYPE_CHECKING:
    from matcher.service import Service
    from profiles.store import Store


@dataclass
class Context:
    """What every command works with, opened when first needed."""

    settings: Settings

    @contextmanager
    def store(self) -> Iterator[Store]:
        from profiles.store import opened

        with opened(self.settings.database_url) as store:
            yield store

    @contextmanager
    def service(self) -> Iterator[Service]:
        from matcher.service import open_service
        from web.terminal import ProgressLine, notify

        with self.store() as store:
            yield open_service(
                store,
                index_dir=self.settings.index_dir,
                cache_dir=self.settings.cache_dir,
                model=self.settings.model,
                threads=self.settings.threads,
                notify=notify,
                progress=ProgressLine(),
            )


pass_context = click.make_pass_decorator(Context)
