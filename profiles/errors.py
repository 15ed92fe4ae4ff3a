"""Every error the application raises on purpose has one root, so that a face can catch them all.

What the error is about stands in attributes; ``str(error)`` is one line for a person.
"""

from __future__ import annotations


class RoundtableError(Exception):
    """Root of all errors raised on purpose."""


class InputError(RoundtableError):
    """Something handed in is wrong: the line says where (file, row, field) and what to do.

    Attributes:
        file: the file's name, if the input was a file.
        row: one-based row or line in it.
        field: name of the field or column.
    """

    def __init__(
        self, reason: str, *, file: str | None = None, row: int | None = None, field: str | None = None
    ) -> None:
        self.reason, self.file, self.row, self.field = reason, file, row, field
        place = ", ".join(
            part
            for part in (
                file,
                f"row {row}" if row is not None else None,
                f"field {field}" if field is not None else None,
            )
            if part
        )
        super().__init__(f"{place}: {reason}" if place else reason)


class NotFoundError(InputError):
    """An id was asked for that the store does not hold.

    Attributes:
        profile_id: the id asked for.
    """

    def __init__(self, profile_id: str, suggestion: str | None = None) -> None:
        self.profile_id = profile_id
        hint = f"; did you mean {suggestion}?" if suggestion else ""
        super().__init__(f"no profile with id {profile_id!r} in the store{hint}")


class UnknownError(InputError):
    """Something other than a profile was asked for that the store does not hold: an event, an account."""


class ConflictError(InputError):
    """Somebody else changed the same thing in the meantime: load it again."""


class ModelError(RoundtableError):
    """The language model cannot be made ready or does not load."""


class StoreError(RoundtableError):
    """The database cannot be opened or is of another version."""
