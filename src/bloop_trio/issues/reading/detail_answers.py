"""One issue as an answer, in either of its two forms: JSON or Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import attrs
from msgspec import UNSET
from quart import request

from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.conditional import tagged
from bloop_trio.issues.queries.detail import get_detail
from bloop_trio.issues.queries.overview import get_overview
from bloop_trio.issues.queries.scope import of_holder
from bloop_trio.issues.reading.markdown import render
from bloop_trio.issues.reading.scope import read_scope
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.sourcemaps.frames import Stack
from bloop_trio.sourcemaps.matching import read_debug_ids

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from werkzeug.datastructures import MIMEAccept

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.issues.queries.detail_shapes import ErrorDetail, Sample
    from bloop_trio.issues.queries.occurrence_shapes import OccurrenceDetail
    from bloop_trio.issues.queries.overview_shapes import Example, IssueOverview
    from bloop_trio.issues.queries.scope import OneProject
    from bloop_trio.sourcemaps.frames import MappedStack

T = TypeVar("T", "Sample", "OccurrenceDetail")

Deobfuscate: TypeAlias = "Callable[[str, Sequence[Stack]], Awaitable[list[MappedStack]]]"

MARKDOWN: Final = "text/markdown"
_AS_MARKDOWN: Final = f"{MARKDOWN}; charset=utf-8"
_VARY: Final = {"vary": "Accept, Origin"}
"""The edge, which would add ``Origin``, leaves a `Vary` alone."""


@attrs.frozen(kw_only=True)
class DetailAnswers:
    """Answers the request at hand with an issue that its caller may see; None if there is no such issue.

    Raises BadRequestError where the request does not say which of several projects is meant.
    """

    readers: Readers
    max_samples: int
    """Samples in JSON; Markdown shows the newest one."""
    clock: Callable[[], int]
    """Epoch milliseconds."""
    deobfuscate: Deobfuscate
    """Maps stacks of a project, by its id."""
    _payloads: PayloadReader = attrs.field(factory=PayloadReader, init=False)

    async def preferred(self, fingerprint: str) -> Answer | None:
        """Return the issue in the form that the client prefers."""
        if prefers_markdown(request.accept_mimetypes):
            return await self.markdown(fingerprint)
        return await self._json(fingerprint)

    async def markdown(self, fingerprint: str) -> Answer | None:
        """Return the issue as Markdown."""
        now_ms = self.clock()

        def query(conn: Connection, project: OneProject) -> IssueOverview | None:
            return get_overview(
                conn,
                self._payloads,
                project_no=project.no,
                project_id=project.id,
                fingerprint=fingerprint,
                now_ms=now_ms,
            )

        overview = await self.readers.run(of_holder(read_scope(), fingerprint, query))
        if overview is None:
            return None
        overview = await self._mapped_overview(overview)
        return _finished((render(overview).encode(), 200, {"content-type": _AS_MARKDOWN}))

    async def _json(self, fingerprint: str) -> Answer | None:
        def query(conn: Connection, project: OneProject) -> ErrorDetail | None:
            return get_detail(
                conn,
                self._payloads,
                project_no=project.no,
                project_id=project.id,
                fingerprint=fingerprint,
                max_samples=self.max_samples,
            )

        detail = await self.readers.run(of_holder(read_scope(), fingerprint, query))
        return None if detail is None else _finished(answer(await self._mapped_detail(detail)))

    async def mapped(self, occurrence: OccurrenceDetail) -> OccurrenceDetail:
        """Return an occurrence that tells what source maps make of its stack."""
        if not occurrence.stack:
            return occurrence
        (found,) = await self.deobfuscate(occurrence.project_id, [_stack_of(occurrence)])
        return _with_sources(occurrence, found)

    async def _mapped_detail(self, detail: ErrorDetail) -> ErrorDetail:
        """Return a detail whose samples tell what source maps make of their stacks."""
        if not any(sample.stack for sample in detail.samples):
            return detail
        found = await self.deobfuscate(detail.samples[0].project_id, [_stack_of(sample) for sample in detail.samples])
        samples = [_with_sources(sample, mapped) for sample, mapped in zip(detail.samples, found, strict=True)]
        return attrs.evolve(detail, samples=samples)

    async def _mapped_overview(self, overview: IssueOverview) -> IssueOverview:
        """Return an overview whose example tells what source maps make of its stack."""
        if overview.example is None or not overview.example.stack:
            return overview
        (found,) = await self.deobfuscate(overview.project_id, [_stack_of(overview.example)])
        return attrs.evolve(overview, example=attrs.evolve(overview.example, mapped=found))


def prefers_markdown(accept: MIMEAccept) -> bool:
    """Whether a client would rather have Markdown than JSON; one that likes both alike gets JSON."""
    return accept.best_match(["application/json", MARKDOWN, _AS_MARKDOWN]) in {MARKDOWN, _AS_MARKDOWN}


def _stack_of(sample: Sample | OccurrenceDetail | Example) -> Stack:
    return Stack(release=sample.release, text=sample.stack or "", debug_ids=read_debug_ids(sample.metadata))


def _with_sources(sample: T, mapped: MappedStack) -> T:
    return attrs.evolve(
        sample, deobfuscated_stack=list(mapped.frames) or UNSET, unmapped_frames=list(mapped.unmapped) or UNSET
    )


def _finished(found: Answer) -> Answer:
    body, status, headers = found
    return tagged((body, status, headers | _VARY), request.headers.get("if-none-match"))
