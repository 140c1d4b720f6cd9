"""The JSON of the routes of saved views. Times are epoch seconds."""

from __future__ import annotations

from typing import Annotated, Final

import attrs
from msgspec import Meta

from bloop_trio.http.names import MAX_NAME_CHARS
from bloop_trio.issues.queries.filters import Sort

MAX_QUERY_CHARS: Final = 2_000
_Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME_CHARS)]
_Query = Annotated[str, Meta(max_length=MAX_QUERY_CHARS)]
_ProjectName = Annotated[str, Meta(min_length=1, max_length=500)]


@attrs.frozen(kw_only=True, slots=False)
class SavedView:
    """A filter of the list of errors that somebody has given a name."""

    id: str
    """What it is called here."""
    name: str
    """What people call it."""
    query: str
    """The filter as it is typed, such as `is:unresolved release:1.2`."""
    sort: Sort
    """Order of the list."""
    project_id: str | None
    """Id of the project that it is for; null: for all projects."""
    is_shared: bool
    """Whether everybody who is signed in sees it, or only whoever saved it."""
    created_by: str | None
    """Id of the user who saved it; null if there is no such user any more."""
    created_by_name: str | None
    """Name of that user."""
    created_at: int
    """When it was saved, in epoch seconds."""
    is_own: bool
    """Whether whoever asks has saved it."""


@attrs.frozen(kw_only=True, slots=False)
class ViewInput:
    """A view that shall be."""

    name: _Name
    """What people will call it, in up to 200 characters; white space around them is cut off."""
    query: _Query
    """The filter as it is typed; white space around it is cut off."""
    sort: Sort = Sort.LAST_SEEN
    """Order of the list."""
    project_id: _ProjectName | None = None
    """Id or slug of the project that it is for; without it, it is for all projects."""
    is_shared: bool = False
    """Whether everybody who is signed in sees it."""


@attrs.frozen(kw_only=True, slots=False)
class ViewChange:
    """What shall be different about a view; what is left out stays as it is."""

    name: _Name | None = None
    """What people will call it, in up to 200 characters; white space around them is cut off."""
    query: _Query | None = None
    """The filter as it is typed; white space around it is cut off."""
    sort: Sort | None = None
    """Order of the list."""
    is_shared: bool | None = None
    """Whether everybody who is signed in sees it."""


@attrs.frozen(kw_only=True, slots=False)
class ViewDeleted:
    """A view is gone."""

    deleted: str
    """Its id."""
