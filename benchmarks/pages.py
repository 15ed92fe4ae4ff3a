"""How soon pages answer when several people ask at once.

Starts ``roundtable serve`` over a data folder that ``roundtable demo`` has filled, signs in as many
organisers as there are readers, and lets each ask for the pages in turn, every one in an order of its own::

    ROUNDTABLE_DATA_DIR=/tmp/demo .venv/bin/roundtable demo
    .venv/bin/python benchmarks/pages.py /tmp/demo --readers 20 --rounds 5 --pause 5

``--pause``: how many seconds a reader reads a page on average; 0 for readers that never look up, which shows
what the server can do at most.

Prints, for each page, the median and the 95th percentile in milliseconds for one reader and for all at once,
and their ratio; the figures of one machine, of which the ratio says most.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from profiles.accounts import Purpose, Role
from profiles.store import opened
from web.settings import Settings

EVENT = "sample-2027"
PAGES = (
    "/events",
    f"/events/{EVENT}",
    f"/events/{EVENT}/attendees",
    f"/events/{EVENT}/matches",
    f"/events/{EVENT}/timetable",
    f"/events/{EVENT}/day",
    f"/events/{EVENT}/outcomes",
    "/directory?q=vaccine",
    "/startups/kr-eubiologics",
    "/pairs?startup=kr-eubiologics&partner=us-moderna",
)


class Reader:
    """Somebody who has signed in, with a connection of its own."""

    def __init__(self, address: str, link: str) -> None:
        parts = urlsplit(address)
        self._connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=120)
        self._cookie = ""
        status, headers = self._ask(link)
        if status != 302:
            raise SystemExit(f"{link}: {status}")
        self._cookie = headers.get("Set-Cookie", "").partition(";")[0]

    def seconds(self, page: str) -> float:
        """How long a page takes, from asking to its last byte."""
        began = time.perf_counter()
        status, _headers = self._ask(page)
        if status != 200:
            raise SystemExit(f"{page}: {status}")
        return time.perf_counter() - began

    def _ask(self, page: str) -> tuple[int, http.client.HTTPMessage]:
        self._connection.request("GET", page, headers={"Cookie": self._cookie})
        answer = self._connection.getresponse()
        answer.read()
        return answer.status, answer.headers


def links(data_dir: Path, count: int) -> list[str]:
    """The addresses of links that sign organisers in, one each."""
    with opened(Settings(data_dir=data_dir).database_url) as store:
        found = []
        for number in range(count):
            email = f"reader-{number}@example.org"
            account = store.account_of_email(email) or store.add_account(
                Role.ORGANISER, f"Reader {number}", email=email
            )
            secret, _link = store.make_link(account.number, Purpose.ENTER, timedelta(hours=1))
            found.append(f"/link/{secret}")
        return found


def measured(readers: list[Reader], rounds: int, pause: float = 0.0) -> dict[str, list[float]]:
    """Seconds of each page, over all readers and rounds; ``pause`` is the mean before each page."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    ready = threading.Barrier(len(readers))

    def read(reader: Reader, seed: int) -> None:
        order = random.Random(seed)
        ready.wait()
        for _round in range(rounds):
            for page in order.sample(PAGES, len(PAGES)):
                time.sleep(order.uniform(0, 2 * pause))
                found[page].append(reader.seconds(page))

    threads = [threading.Thread(target=read, args=(reader, seed)) for seed, reader in enumerate(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--readers", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pause", type=float, default=5.0)
    asked = parser.parse_args()
    environment = {**os.environ, "ROUNDTABLE_DATA_DIR": str(asked.data_dir)}
    serving = subprocess.Popen(
        [str(Path(sys.executable).with_name("roundtable")), "serve", "--port", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert serving.stdout is not None
        address = serving.stdout.readline().partition("/link/")[0]
        readers = [Reader(address, link) for link in links(asked.data_dir, asked.readers)]
        for page in PAGES:  # warm: the model, the index, the scores of the tracks
            readers[0].seconds(page)
        alone = measured(readers[:1], max(asked.rounds, 3))
        began = time.perf_counter()
        together = measured(readers, asked.rounds, asked.pause)
        took = time.perf_counter() - began
    finally:
        serving.terminate()
        serving.wait(10)
    print(f"{'page':<52}{'alone':>8}{f'{asked.readers} at once':>13}{'95 %':>8}{'ratio':>7}")
    for page in PAGES:
        one, many = (statistics.median(each[page]) for each in (alone, together))
        slow = statistics.quantiles(together[page], n=20)[-1]
        print(f"{page:<52}{one * 1000:>8.0f}{many * 1000:>13.0f}{slow * 1000:>8.0f}{many / one:>7.1f}")
    count = sum(map(len, together.values()))
    print(f"{count} pages in {took:.1f} s: {count / took:.1f} a second")


if __name__ == "__main__":
    main()
