"""Learned models in the store: the cards that say what was learned, from what, and how it was measured.

Which one is in use is no change of the profiles, so ``Store.identity`` does not count it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, false, insert, select, update

from profiles.database import writing
from profiles.errors import InputError
from profiles.tables import models

Card = dict[str, Any]


@dataclass
class ModelStore:
    """The part of ``Store`` that keeps models. Every method is one transaction."""

    engine: Engine

    def save_model(self, card: Mapping[str, Any], *, active: bool) -> int:
        """Keep a card under a new version, and give that back; an active one is used from now on."""
        now = datetime.now(UTC)
        kept = {**card, "created_at": now.isoformat(timespec="seconds")}
        row = {"created_at": now, "active": active, "card": kept}
        with writing(self.engine) as connection:
            if active:
                connection.execute(update(models).values(active=False))
            added = insert(models).values(row).returning(models.c.version)
            return int(connection.execute(added).scalar_one())

    def model_in_use(self) -> Card | None:
        """The card of the model in use with its ``version``; None: the shipped weights are in use."""
        with self.engine.connect() as connection:
            row = connection.execute(select(models).where(models.c.active)).one_or_none()
        return None if row is None else {**row.card, "version": row.version}

    def models(self) -> list[Card]:
        """All cards, the newest first, each with ``version`` and ``in_use``."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(models).order_by(models.c.version.desc())).all()
        return [{**row.card, "version": row.version, "in_use": bool(row.active)} for row in rows]

    def use_model(self, version: int | None) -> None:
        """Use this version from now on; None for the shipped weights.

        Raises:
            InputError: there is no such version; the one in use stays.
        """
        with writing(self.engine) as connection:
            known = connection.execute(select(models.c.version).order_by(models.c.version)).scalars().all()
            if version is not None and version not in known:
                names = ", ".join(map(str, known)) or "none yet; run train first"
                raise InputError(f"no model {version}; there are: {names}")
            chosen = false() if version is None else models.c.version == version
            connection.execute(update(models).values(active=chosen))
