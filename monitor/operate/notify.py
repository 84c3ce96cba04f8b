"""Trouble told once, early, in one line: on stderr, and through Apprise where configured."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence


def alarm(urls: Sequence[str]) -> Callable[[str], None]:
    """A function that tells one line of trouble to the operator.

    ``urls`` are Apprise addresses (``PANTAU_NOTIFY``). A channel that fails is said on stderr; it
    never stops the work that had something to tell.
    """

    def tell(line: str) -> None:
        print(f"pantau: {line}", file=sys.stderr, flush=True)  # noqa: T201
        if not urls:
            return
        import apprise

        channels = apprise.Apprise()
        for url in urls:
            channels.add(url)
        if not channels.notify(title="Pantau", body=line):
            print("pantau: PANTAU_NOTIFY: not delivered", file=sys.stderr)  # noqa: T201

    return tell
