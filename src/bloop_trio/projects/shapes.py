"""The JSON of the routes of projects. Times are epoch seconds."""

from __future__ import annotations

from typing import Annotated

import attrs
from msgspec import UNSET, Meta, UnsetType

from bloop_trio.projects.project import MAX_GRACE_HOURS, Project


@attrs.frozen(kw_only=True, slots=False)
class ProjectInfo:
    """A project, as the one who asks may see it."""

    id: str
    """What the API calls it: a UUID, or `default`."""
    name: str
    """What people call it."""
    slug: str
    """Its address, which never changes."""
    api_key: str | UnsetType = UNSET
    """Signs its events. Administrators and whoever created the project see it; for all others the field is left out."""
    created_at: int
    """When it was created, in epoch seconds."""
    created_by: str | None
    """Id of the user who created it; null if it was the server or a command, or somebody who was removed."""


@attrs.frozen(kw_only=True, slots=False)
class ProjectInput:
    """A project that shall be."""

    name: str
    """What people call it, in 1 to 200 characters; white space around them is cut off."""
    slug: str
    """Its address, in 1 to 100 characters: a-z, 0-9 and hyphens."""


@attrs.frozen(kw_only=True, slots=False)
class ProjectChange:
    """What shall be different about a project."""

    name: str | None = None
    """What people shall call it, in 1 to 200 characters; without it nothing changes."""


@attrs.frozen(kw_only=True, slots=False)
class KeyRotation:
    """What becomes of the old key."""

    grace_hours: Annotated[int, Meta(ge=0, le=MAX_GRACE_HOURS)] = 0
    """For how many hours it goes on working, 0 to 168."""


@attrs.frozen(kw_only=True, slots=False)
class ProjectDeleted:
    """A project is gone."""

    deleted: bool = True
    """Always true."""


def project_info(project: Project, *, with_key: bool) -> ProjectInfo:
    """Return a project as the API shows it."""
    return ProjectInfo(
        id=project.id,
        name=project.name,
        slug=project.slug,
        api_key=project.api_key if with_key else UNSET,
        created_at=project.created_secs,
        created_by=project.created_by,
    )
