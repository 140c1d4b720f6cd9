"""A client of HTTP/2 for tests of the lane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h2.config
import h2.connection
import h2.events
import h2.settings
import trio

from tests.lane.harness import PATIENCE_SECS

if TYPE_CHECKING:
    from tests.lane.harness import Wire


class Http2:
    """A client that speaks HTTP/2 over a wire, and grants each stream `window` bytes to begin with."""

    def __init__(self, connection: Wire, window: int = 65_535) -> None:
        self.wire = connection
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        self.h2.local_settings = h2.settings.Settings(
            client=True, initial_values={h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window}
        )
        self.h2.initiate_connection()

    async def open(
        self, method: str, path: str | bytes, headers: dict[str, str] | None = None, *, whole: bool = False
    ) -> int:
        stream_id = self.h2.get_next_available_stream_id()
        pseudo = [(":method", method), (":path", path), (":scheme", "http"), (":authority", "localhost")]
        self.h2.send_headers(stream_id, [*pseudo, *(headers or {}).items()], end_stream=whole)
        await self.flush()
        return stream_id

    async def get(self, path: str | bytes) -> int:
        return await self.open("GET", path, whole=True)

    async def read(self) -> list[h2.events.Event]:
        """Take what comes next."""
        chunk = await self.wire.stream.receive_some(65536)
        if not chunk:
            raise EOFError
        events: list[h2.events.Event] = self.h2.receive_data(chunk)
        await self.flush()
        return events

    async def flush(self) -> None:
        await self.wire.send(self.h2.data_to_send())

    async def status_of(self, stream_id: int) -> int:
        status = 0
        with trio.fail_after(PATIENCE_SECS):
            while True:
                chunk = await self.wire.stream.receive_some(65536)
                assert chunk
                for event in self.h2.receive_data(chunk):
                    if isinstance(event, h2.events.ResponseReceived) and event.stream_id == stream_id:
                        status = int(dict(event.headers)[b":status"])
                    if isinstance(event, h2.events.StreamEnded) and event.stream_id == stream_id:
                        return status
                await self.flush()
