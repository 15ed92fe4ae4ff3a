"""The pages served on this machine by waitress."""

from __future__ import annotations

import threading

from profiles.errors import InputError
from profiles.store import Store
from web.settings import Settings
from web.terminal import ProgressLine, notify


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until interrupted. The index and the model are made ready while the first page already shows.

    Raises:
        InputError: the address cannot be listened on.
    """
    import waitress

    from matcher.service import open_service
    from web import create_app

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
    app = create_app(settings, service)
    try:
        server = waitress.create_server(app, host=host, port=port, threads=8)
    except OSError as cause:
        raise InputError(
            f"cannot listen on {host}:{port} ({cause.strerror}); choose another with --port", field="--port"
        ) from cause
    notify(f"Roundtable is open at http://{host}:{server.effective_port}/ (Ctrl-C ends it)")
    threading.Thread(target=service.warm_up, name="warm-up", daemon=True).start()
    try:
        server.run()
    finally:
        server.close()
        store.close()
