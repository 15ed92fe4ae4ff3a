"""Files given to the import pages, in the store: kept with what was mended until all of it is applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, delete, func, insert, select, update

from profiles.account_store import utc, utc_or_none
from profiles.database import writing
from profiles.errors import UnknownError
from profiles.importers.results import Mended, Place
from profiles.tables import uploads


@dataclass(frozen=True)
class Upload:
    """A file that was given, without its content.

    Attributes:
        number: the key.
        account: who gave it.
        file: its name.
        size: bytes; 0 once all of it is applied, when the content is let go.
        options: how it is read and what came of it, for whoever put them there.
        mended: rows that were mended or left out.
    """

    number: int
    account: int
    file: str
    size: int
    created_at: datetime
    applied_at: datetime | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    mended: Mended = field(default_factory=dict)


@dataclass
class UploadStore:
    """The part of ``Store`` that keeps uploads. Every method is one transaction."""

    engine: Engine

    def add_upload(self, account: int, file: str, content: bytes, options: Mapping[str, Any]) -> Upload:
        """Keep a file."""
        with writing(self.engine) as connection:
            number = connection.execute(
                insert(uploads)
                .values(
                    account=account,
                    file=file[:400],
                    content=content,
                    options=dict(options),
                    mended=[],
                    created_at=datetime.now(UTC),
                )
                .returning(uploads.c.pk)
            ).scalar_one()
            return _one(connection, number)

    def upload(self, number: int) -> Upload:
        """The upload of this number.

        Raises:
            UnknownError: there is none.
        """
        with self.engine.connect() as connection:
            return _one(connection, number)

    def upload_content(self, number: int) -> bytes:
        """The bytes of a file; none once all of it is applied.

        Raises:
            UnknownError: there is no such upload.
        """
        with self.engine.connect() as connection:
            found = connection.execute(select(uploads.c.content).where(uploads.c.pk == number)).scalar()
        if found is None:
            raise UnknownError(f"no upload {number}")
        return bytes(found)

    def uploads(self, most: int = 100) -> list[Upload]:
        """The newest uploads, the newest first."""
        query = _UPLOAD.order_by(uploads.c.pk.desc()).limit(most)
        with self.engine.connect() as connection:
            return [_upload(row) for row in connection.execute(query)]

    def set_upload_options(self, number: int, options: Mapping[str, Any]) -> None:
        """Say anew how a file is read.

        Raises:
            UnknownError: there is no such upload.
        """
        with writing(self.engine) as connection:
            _change(connection, number, options=dict(options))

    def mend_upload(self, number: int, place: Place, cells: Mapping[str, str] | None) -> None:
        """Keep a row as mended; None: leave it out.

        Raises:
            UnknownError: there is no such upload.
        """
        with writing(self.engine) as connection:
            mended = {**_one(connection, number).mended, place: cells}
            _change(connection, number, mended=_mended_record(mended))

    def unmend_upload(self, number: int, place: Place) -> None:
        """Take a row again as it stands in the file.

        Raises:
            UnknownError: there is no such upload.
        """
        with writing(self.engine) as connection:
            mended = dict(_one(connection, number).mended)
            mended.pop(place, None)
            _change(connection, number, mended=_mended_record(mended))

    def finish_upload(self, number: int, options: Mapping[str, Any]) -> None:
        """All of it is applied: what it came to stays, its content is let go.

        Raises:
            UnknownError: there is no such upload.
        """
        with writing(self.engine) as connection:
            _change(
                connection,
                number,
                options=dict(options),
                content=b"",
                mended=[],
                applied_at=datetime.now(UTC),
            )

    def remove_upload(self, number: int) -> None:
        """Forget a file.

        Raises:
            UnknownError: there is no such upload.
        """
        with writing(self.engine) as connection:
            if connection.execute(delete(uploads).where(uploads.c.pk == number)).rowcount == 0:
                raise UnknownError(f"no upload {number}")


_UPLOAD: Select[Any] = select(
    *(column for column in uploads.c if column.name != "content"),
    func.length(uploads.c.content).label("size"),
)


def _one(connection: Connection, number: int) -> Upload:
    row = connection.execute(_UPLOAD.where(uploads.c.pk == number)).one_or_none()
    if row is None:
        raise UnknownError(f"no upload {number}")
    return _upload(row)


def _change(connection: Connection, number: int, **values: Any) -> None:
    done = connection.execute(update(uploads).where(uploads.c.pk == number).values(values))
    if done.rowcount == 0:
        raise UnknownError(f"no upload {number}")


def _upload(row: Row[Any]) -> Upload:
    return Upload(
        number=row.pk,
        account=row.account,
        file=row.file,
        size=row.size or 0,
        created_at=utc(row.created_at),
        applied_at=utc_or_none(row.applied_at),
        options=row.options or {},
        mended={(each["sheet"], each["row"]): each["cells"] for each in row.mended or ()},
    )


def _mended_record(mended: Mended) -> list[dict[str, Any]]:
    return [
        {"sheet": sheet, "row": row, "cells": None if cells is None else dict(cells)}
        for (sheet, row), cells in mended.items()
    ]
