"""Every setting, in one place: the only reader of the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from profiles.errors import InputError

SAMPLE_DIRECTORY = Path(__file__).resolve().parent.parent / "profiles" / "sample"


class Settings(BaseSettings):
    """Read from ``ROUNDTABLE_...`` environment variables; the command line overrides single ones."""

    model_config = SettingsConfigDict(env_prefix="ROUNDTABLE_", extra="ignore")

    data_dir: Path = Field(default_factory=lambda: user_data_path("roundtable", appauthor=False))
    """Where the database and its index lie."""
    cache_dir: Path = Field(default_factory=lambda: user_cache_path("roundtable", appauthor=False))
    """Where derived files lie that can be made again: the converted language model."""
    database: str = ""
    """An SQLAlchemy URL; empty for ``roundtable.db`` in ``data_dir``."""
    model: str = ""
    """A sentence-transformers model: a folder, or a name on the model hub; empty for the built-in one."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8350
    secret_key: str = ""
    """Signs sessions; empty for one made at random and kept in ``data_dir``."""
    threads: Annotated[int, Field(ge=0, le=256)] = 0
    """Threads of the encoder; 0 for one a core."""
    max_import_mb: Annotated[int, Field(ge=1)] = 50
    rates: dict[str, float] = Field(default_factory=dict)
    """Units of a currency for one US dollar, as JSON, over the built-in table: ``{"KRW": 1400}``."""

    base_url: str = ""
    """How people reach the pages, for links in mail: ``https://day.example.org``; empty for the address that
    ``serve`` listens on."""
    trusted_proxy: str = ""
    """The address of a web server in front of ``serve`` whose word counts on who asks and over HTTPS or not;
    ``*`` for any, where nobody else can reach the port."""
    mail_dir: Path | None = None
    """Where e-mails are written as files while no SMTP server is set; ``mail`` in ``data_dir`` by default."""
    mail_from: str = "Roundtable <roundtable@localhost>"
    smtp_host: str = ""
    """The server that sends e-mails; empty: they are written to files."""
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"

    @property
    def mail_folder(self) -> Path:
        return self.mail_dir or self.data_dir / "mail"

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data_dir / 'roundtable.db'}"

    @property
    def index_dir(self) -> Path:
        return self.data_dir / "index"


def load_settings(**overrides: object) -> Settings:
    """The settings, with ``overrides`` (None means: not given) over the environment.

    Raises:
        InputError: a variable holds a value that does not fit.
    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as cause:
        first = cause.errors()[0]
        name = "ROUNDTABLE_" + "_".join(str(part) for part in first["loc"]).upper()
        raise InputError(f"setting {name}: {first['msg']}") from cause
