"""The pages served on this machine by waitress."""

from __future__ import annotations

import gc
import sys
import threading
from typing import TYPE_CHECKING

import click

from profiles.errors import InputError
from profiles.store import Store
from web.settings import Settings
from web.terminal import ProgressLine, notify

if TYPE_CHECKING:
    from matcher.service import Service


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until interrupted. The index and the model are made ready while the first page already shows.

    Raises:
        InputError: the address cannot be listened on.
    """
    import waitress

    from matcher.service import open_service
    from web import create_app
    from web.accounts.signing import organiser_link

    store = Store.open(settings.database_url)
    service = open_service(
        store,
        index_dir=settings.index_dir,
        cache_dir=settings.cache_dir,
        model=settings.model,
        # With both cores taken by the model, OpenMP's threads stall each other and every page with them.
        threads=settings.threads or 1,
        notify=notify,
        progress=ProgressLine(),
    )
    secret, organiser = organiser_link(store)
    app = create_app(settings, service)
    try:
        server = waitress.create_server(app, host=host, port=port, threads=8, **_behind(settings))
    except OSError as cause:
        raise InputError(
            f"cannot listen on {host}:{port} ({cause.strerror}); choose another with --port", field="--port"
        ) from cause
    address = settings.base_url.rstrip("/") or f"http://{host}:{server.effective_port}"
    notify(f"Roundtable is open at {address}/ (Ctrl-C ends it)")
    notify(f"sign in as {organiser.name} with this link; it is good once, for 12 hours:")
    click.echo(f"{address}/link/{secret}")
    sys.stdout.flush()
    threading.Thread(target=_warm_up, args=(service,), name="warm-up", daemon=True).start()
    try:
        server.run()
    finally:
        server.close()
        store.close()


def _warm_up(service: Service) -> None:
    """Make index and model ready, and have the collector pass over them from then on.

    Looking through their objects for garbage takes longer than most pages do.
    """
    service.warm_up()
    gc.collect()
    gc.freeze()


def _behind(settings: Settings) -> dict[str, object]:
    """What waitress is told of the web server in front of it: without one, nobody's word is taken."""
    if not settings.trusted_proxy:
        return {}
    return {
        "trusted_proxy": settings.trusted_proxy,
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"},
        "clear_untrusted_proxy_headers": True,
    }
