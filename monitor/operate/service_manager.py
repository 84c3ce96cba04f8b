"""What systemd hears of the daemon: that it is ready, that it lives, and that it stops.

Protocol: sd_notify(3), one datagram on the socket that ``NOTIFY_SOCKET`` names.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress


def notify_systemd(state: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Send a state such as ``READY=1``; whether a service manager took it.

    A manager that is not there or does not listen stops nothing.
    """
    address = environ.get("NOTIFY_SOCKET", "")
    if address[:1] not in {"/", "@"}:
        return False
    # "@" is how the variable writes the zero byte of Linux' abstract addresses.
    name = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.connect(name)
        channel.sendall(state.encode())
        return True
    return False


def watchdog_seconds(environ: Mapping[str, str] = os.environ) -> float | None:
    """How often at least systemd wants to hear ``WATCHDOG=1``, in seconds; None: it does not.

    A watchdog that is meant for another process does not count.
    """
    microseconds = environ.get("WATCHDOG_USEC", "")
    process = environ.get("WATCHDOG_PID") or str(os.getpid())
    if not microseconds.isdigit() or not int(microseconds) or process != str(os.getpid()):
        return None
    return int(microseconds) / 1e6
