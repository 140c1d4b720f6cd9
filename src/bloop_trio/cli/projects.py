"""``bloop project create | list | rotate-key``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from bloop_trio.audit.store import notes_by_shell
from bloop_trio.cli.context import add_command, add_group, checked
from bloop_trio.cli.database import open_database
from bloop_trio.cli.output import moment, printable, table
from bloop_trio.clock import now_ms, now_secs
from bloop_trio.exceptions import BadRequestError, CommandError, NotFoundError
from bloop_trio.http.names import check_name
from bloop_trio.projects.project import MAX_GRACE_HOURS, check_slug
from bloop_trio.projects.store import create_project, list_projects, rotate_key

if TYPE_CHECKING:
    from bloop_trio.cli.context import Commands, Context
    from bloop_trio.projects.project import Project


def add_to(commands: Commands) -> None:
    """Add the group."""
    group = add_group(commands, "project", "Projects and the keys that sign their events.")

    create = add_command(group, "create", run_create, "Create a project and print its key.")
    create.add_argument("name", metavar="NAME", type=checked(check_name), help="what people call it")
    create.add_argument(
        "--slug",
        required=True,
        metavar="SLUG",
        type=checked(check_slug),
        help="address of the project: a-z, 0-9 and hyphens",
    )

    add_command(group, "list", run_list, "List the projects with their keys.")

    rotate = add_command(
        group,
        "rotate-key",
        run_rotate_key,
        "Give a project a fresh key; the old one stops working within a second, or after some hours of grace.",
    )
    rotate.add_argument("project", metavar="SLUG", help="slug or id of the project")
    rotate.add_argument(
        "--grace-hours",
        metavar="N",
        type=_grace_hours,
        default=0,
        help=f"hours for which the old key goes on working, at most {MAX_GRACE_HOURS} (default: 0)",
    )


def run_create(context: Context) -> int:
    """Create a project and show its key."""
    arguments = context.arguments
    with open_database(context.load()) as conn:
        try:
            project = create_project(
                conn,
                name=arguments.name,
                slug=arguments.slug,
                now_secs=now_secs(),
                note=notes_by_shell(now_ms()),
            )
        except BadRequestError as error:
            raise CommandError(f"{error}: {arguments.slug}") from error
    context.output.result(_document(project), f"Created project {project.slug}.\nKey: {project.api_key}")
    return 0


def run_list(context: Context) -> int:
    """Show all projects."""
    with open_database(context.load()) as conn:
        projects = list_projects(conn)
    rows = [(project.slug, project.name, moment(project.created_secs), project.api_key) for project in projects]
    context.output.result(
        [_document(project) for project in projects], table(("SLUG", "NAME", "CREATED (UTC)", "KEY"), rows)
    )
    return 0


def run_rotate_key(context: Context) -> int:
    """Replace a project's key and show the new one."""
    arguments = context.arguments
    with open_database(context.load()) as conn:
        try:
            project = rotate_key(
                conn,
                arguments.project,
                now_secs=now_secs(),
                grace_hours=arguments.grace_hours,
                note=notes_by_shell(now_ms()),
            )
        except NotFoundError as error:
            raise unknown_project(arguments.project) from error
    context.output.result(_document(project), f"New key of {printable(project.slug)}: {project.api_key}")
    return 0


def unknown_project(id_or_slug: str) -> CommandError:
    """Return the error for a project that is not there."""
    return CommandError(f"project not found: {id_or_slug} (`bloop project list` shows what there is)")


def _document(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "name": project.name,
        "slug": project.slug,
        "api_key": project.api_key,
        "created_at": project.created_secs,
        "created_by": project.created_by,
    }


def _grace_hours(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= MAX_GRACE_HOURS):
        raise argparse.ArgumentTypeError(f"expected 0 to {MAX_GRACE_HOURS} hours, got {text!r}")
    return int(text)
