"""Accounts, personal links and tokens of the API, in the store."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from profiles.accounts import Account, ApiToken, Link, Purpose, Role, digest, read_email
from profiles.database import writing
from profiles.errors import InputError, UnknownError
from profiles.tables import accounts, api_tokens, links


@dataclass
class AccountStore:
    """The part of ``Store`` that keeps accounts. Every method is one transaction."""

    engine: Engine

    # -- accounts ------------------------------------------------------------------------------

    def add_account(
        self,
        role: Role,
        name: str,
        *,
        email: str | None = None,
        profile_id: str | None = None,
        language: str = "en",
    ) -> Account:
        """A new account, without a password yet.

        Raises:
            InputError: the address is none or is taken, or name or profile do not fit.
        """
        if not name.strip() or len(name.strip()) > 200:
            raise InputError("give a name of up to 200 characters", field="name")
        if (role.side is None) != (profile_id is None):
            raise InputError("startups and partners have a profile, others have none", field="profile_id")
        row = {
            "role": role.value,
            "name": name.strip(),
            "email": None if email is None else read_email(email),
            "profile_id": profile_id,
            "language": language,
            "epoch": 0,
            "disabled": False,
            "created_at": datetime.now(UTC),
        }
        try:
            with writing(self.engine) as connection:
                number = connection.execute(
                    insert(accounts).values(row).returning(accounts.c.pk)
                ).scalar_one()
                return _account(_one(connection, number))
        except IntegrityError as cause:
            raise InputError(f"{row['email']} has an account already", field="email") from cause

    def account(self, number: int) -> Account:
        """The account of this number.

        Raises:
            UnknownError: there is none.
        """
        with self.engine.connect() as connection:
            return _account(_one(connection, number))

    def account_of_email(self, email: str) -> Account | None:
        """The account with this address, if any."""
        query = select(accounts).where(accounts.c.email == email.strip().lower())
        with self.engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _account(row)

    def accounts(self, *, profile_id: str | None = None) -> list[Account]:
        """All accounts by role and name, or those that speak for one profile."""
        query = select(accounts).order_by(accounts.c.role, func.lower(accounts.c.name), accounts.c.pk)
        if profile_id is not None:
            query = query.where(accounts.c.profile_id == profile_id)
        with self.engine.connect() as connection:
            return [_account(row) for row in connection.execute(query)]

    def password_hash(self, number: int) -> str | None:
        """What is kept of the account's password; None where none was chosen."""
        with self.engine.connect() as connection:
            found: str | None = _one(connection, number).password
            return found

    def set_password(self, number: int, hashed: str) -> None:
        """Keep another password's hash; sessions and open links of the account end."""
        with writing(self.engine) as connection:
            _one(connection, number)
            connection.execute(
                update(accounts)
                .where(accounts.c.pk == number)
                .values(password=hashed, epoch=accounts.c.epoch + 1)
            )
            _revoke_links(connection, number)

    def rehash_password(self, number: int, hashed: str) -> None:
        """Keep the same password under newer parameters; nothing ends."""
        with writing(self.engine) as connection:
            connection.execute(update(accounts).where(accounts.c.pk == number).values(password=hashed))

    def change_account(
        self,
        number: int,
        *,
        name: str | None = None,
        email: str | None = None,
        language: str | None = None,
        disabled: bool | None = None,
    ) -> Account:
        """Change what is given. A disabled account's sessions, links and tokens end; another address's links.

        Raises:
            InputError: the address is none or is taken, or the last organiser would be disabled, who could
                then let nobody in again.
        """
        given = {
            "name": name,
            "email": email and read_email(email),
            "language": language,
            "disabled": disabled,
        }
        values: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        with writing(self.engine) as connection:
            if email is not None:
                taken = select(accounts.c.pk).where(
                    accounts.c.email == values["email"], accounts.c.pk != number
                )
                if connection.execute(taken).first() is not None:
                    raise InputError(f"{values['email']} has an account already", field="email")
            before = _account(_one(connection, number))
            if disabled and not before.disabled:
                if before.role is Role.ORGANISER and _organisers(connection) <= 1:
                    raise InputError("this is the last organiser: make another one first")
                values["epoch"] = before.epoch + 1
                _revoke_links(connection, number)
                connection.execute(
                    update(api_tokens)
                    .where(api_tokens.c.account == number, api_tokens.c.revoked_at.is_(None))
                    .values(revoked_at=datetime.now(UTC))
                )
            if email is not None and values["email"] != before.email:
                _revoke_links(connection, number)
            if values:
                connection.execute(update(accounts).where(accounts.c.pk == number).values(values))
            return _account(_one(connection, number))

    def end_sessions(self, number: int) -> None:
        """Sign the account out everywhere."""
        with writing(self.engine) as connection:
            connection.execute(
                update(accounts).where(accounts.c.pk == number).values(epoch=accounts.c.epoch + 1)
            )

    def saw(self, number: int) -> None:
        """Remember that the account was here just now."""
        with writing(self.engine) as connection:
            connection.execute(
                update(accounts).where(accounts.c.pk == number).values(last_seen_at=datetime.now(UTC))
            )

    # -- personal links ------------------------------------------------------------------------

    def make_link(self, account: int, purpose: Purpose, good_for: timedelta) -> tuple[str, Link]:
        """A new link: its secret, which is kept nowhere, and its record. Earlier ones of its purpose end."""
        secret = secrets.token_urlsafe(32)
        now = datetime.now(UTC)
        with writing(self.engine) as connection:
            _one(connection, account)
            _revoke_links(connection, account, purpose)
            number = connection.execute(
                insert(links)
                .values(
                    digest=digest(secret),
                    purpose=purpose.value,
                    account=account,
                    created_at=now,
                    expires_at=now + good_for,
                )
                .returning(links.c.pk)
            ).scalar_one()
            row = connection.execute(select(links).where(links.c.pk == number)).one()
        return secret, _link(row)

    def open_link(self, secret: str) -> tuple[Link, Account] | None:
        """The link with this secret and its account, while it can be used; looking uses nothing up."""
        with self.engine.connect() as connection:
            return _open_link(connection, secret)

    def use_link(self, secret: str, *, password: str | None = None) -> Account | None:
        """Use a link up, once whoever else tries, and keep the password's hash with it where one is given.

        Returns:
            the account, as it is afterwards; None where the link is used, revoked, too old or unknown.
        """
        with writing(self.engine) as connection:
            found = _open_link(connection, secret)
            if found is None:
                return None
            link, account = found
            connection.execute(
                update(links).where(links.c.pk == link.number).values(used_at=datetime.now(UTC))
            )
            if password is not None:
                connection.execute(
                    update(accounts)
                    .where(accounts.c.pk == account.number)
                    .values(password=password, epoch=account.epoch + 1)
                )
                _revoke_links(connection, account.number)
            return _account(_one(connection, account.number))

    def links_of(self, account: int) -> list[Link]:
        """All links made for an account, the newest first."""
        query = select(links).where(links.c.account == account).order_by(links.c.pk.desc())
        with self.engine.connect() as connection:
            return [_link(row) for row in connection.execute(query)]

    def latest_links(self) -> dict[int, Link]:
        """The last link that was made for each account, by its number."""
        last = select(func.max(links.c.pk)).group_by(links.c.account)
        with self.engine.connect() as connection:
            rows = connection.execute(select(links).where(links.c.pk.in_(last)))
            return {row.account: _link(row) for row in rows}

    def revoke_links(self, account: int) -> None:
        """End all open links of an account."""
        with writing(self.engine) as connection:
            _revoke_links(connection, account)

    # -- tokens of the API ---------------------------------------------------------------------

    def make_token(self, account: int, name: str, *, can_write: bool) -> tuple[str, ApiToken]:
        """A new token, which is shown once and kept nowhere, and its record.

        Raises:
            InputError: it has no name.
        """
        if not name.strip() or len(name.strip()) > 200:
            raise InputError("give the token a name of up to 200 characters", field="name")
        secret = f"rt_{secrets.token_urlsafe(32)}"
        with writing(self.engine) as connection:
            _one(connection, account)
            number = connection.execute(
                insert(api_tokens)
                .values(
                    digest=digest(secret),
                    account=account,
                    name=name.strip(),
                    can_write=can_write,
                    created_at=datetime.now(UTC),
                )
                .returning(api_tokens.c.pk)
            ).scalar_one()
            row = connection.execute(select(api_tokens).where(api_tokens.c.pk == number)).one()
        return secret, _token(row)

    def token(self, secret: str) -> tuple[ApiToken, Account] | None:
        """The token with this secret and its account, while both are good."""
        query = select(api_tokens).where(
            api_tokens.c.digest == digest(secret), api_tokens.c.revoked_at.is_(None)
        )
        with self.engine.connect() as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            account = _account(_one(connection, row.account))
        return None if account.disabled else (_token(row), account)

    def saw_token(self, token: ApiToken) -> None:
        """Remember that the token was used just now; within a minute of the last time nothing is written."""
        now = datetime.now(UTC)
        if token.last_used_at is not None and now - token.last_used_at < timedelta(minutes=1):
            return
        with writing(self.engine) as connection:
            connection.execute(
                update(api_tokens).where(api_tokens.c.pk == token.number).values(last_used_at=now)
            )

    def tokens_of(self, account: int) -> list[ApiToken]:
        """All tokens of an account, the newest first."""
        query = select(api_tokens).where(api_tokens.c.account == account).order_by(api_tokens.c.pk.desc())
        with self.engine.connect() as connection:
            return [_token(row) for row in connection.execute(query)]

    def revoke_token(self, account: int, number: int) -> None:
        """End a token of this account.

        Raises:
            UnknownError: it has no such token.
        """
        with writing(self.engine) as connection:
            done = connection.execute(
                update(api_tokens)
                .where(api_tokens.c.pk == number, api_tokens.c.account == account)
                .values(revoked_at=datetime.now(UTC))
            )
            if done.rowcount == 0:
                raise UnknownError(f"no token {number}")


def utc(moment: datetime) -> datetime:
    """A moment as kept: SQLite gives it back without its zone, PostgreSQL in the zone of the session."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def utc_or_none(moment: datetime | None) -> datetime | None:
    """As ``utc``, for what may not have happened."""
    return None if moment is None else utc(moment)


def _one(connection: Connection, number: int) -> Row[Any]:
    row = connection.execute(select(accounts).where(accounts.c.pk == number)).one_or_none()
    if row is None:
        raise UnknownError(f"no account {number}")
    return row


def _organisers(connection: Connection) -> int:
    query = select(func.count()).where(
        accounts.c.role == Role.ORGANISER.value, accounts.c.disabled.is_(False)
    )
    return int(connection.execute(query).scalar_one())


def _revoke_links(connection: Connection, account: int, purpose: Purpose | None = None) -> None:
    query = update(links).where(
        links.c.account == account, links.c.used_at.is_(None), links.c.revoked_at.is_(None)
    )
    if purpose is not None:
        query = query.where(links.c.purpose == purpose.value)
    connection.execute(query.values(revoked_at=datetime.now(UTC)))


def _open_link(connection: Connection, secret: str) -> tuple[Link, Account] | None:
    row = connection.execute(select(links).where(links.c.digest == digest(secret))).one_or_none()
    if row is None:
        return None
    link, account = _link(row), _account(_one(connection, row.account))
    return (link, account) if link.is_open(datetime.now(UTC)) and not account.disabled else None


def _account(row: Row[Any]) -> Account:
    return Account(
        number=row.pk,
        role=Role(row.role),
        name=row.name,
        email=row.email,
        profile_id=row.profile_id,
        language=row.language,
        epoch=row.epoch,
        disabled=bool(row.disabled),
        has_password=row.password is not None,
        created_at=utc(row.created_at),
        last_seen_at=utc_or_none(row.last_seen_at),
    )


def _link(row: Row[Any]) -> Link:
    return Link(
        row.pk,
        Purpose(row.purpose),
        row.account,
        utc(row.created_at),
        utc(row.expires_at),
        utc_or_none(row.used_at),
        utc_or_none(row.revoked_at),
    )


def _token(row: Row[Any]) -> ApiToken:
    return ApiToken(
        row.pk,
        row.account,
        row.name,
        bool(row.can_write),
        utc(row.created_at),
        utc_or_none(row.last_used_at),
        utc_or_none(row.revoked_at),
    )
