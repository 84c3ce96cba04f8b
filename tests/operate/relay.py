"""``python tests/operate/relay.py HOST:PORT HOST:PORT``: passes connections on between networks.

Prints the port it listens on. As the end of a connection to another machine would, it gives one up
whose other side does not answer for ``UNANSWERED`` milliseconds.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import suppress

UNANSWERED = 2_000


async def main(listening: str, target: str) -> None:
    """Serve until killed."""
    host, port = listening.rsplit(":", 1)
    target_host, target_port = target.rsplit(":", 1)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to_there = await asyncio.open_connection(target_host, int(target_port))
        for side in (writer, to_there):
            notice_silence(side.get_extra_info("socket"))
        await asyncio.gather(pass_on(reader, to_there), pass_on(there, writer))

    server = await asyncio.start_server(serve, host, int(port))
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes, until either side is gone; then both are."""
    with suppress(OSError):
        while content := await reader.read(2**16):
            writer.write(content)
            await writer.drain()
    writer.close()


def notice_silence(connection: socket.socket) -> None:
    """Let the kernel give up a connection that is not answered."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNANSWERED)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
