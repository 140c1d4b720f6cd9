"""``bloop token create | list | revoke``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from bloop_trio.audit.store import notes_by_shell
from bloop_trio.auth.scopes import SCOPES
from bloop_trio.auth.store import create_token, list_tokens, revoke_token
from bloop_trio.auth.tokens import MAX_LIFETIME_DAYS, check_token_name
from bloop_trio.cli.context import add_command, add_group, checked
from bloop_trio.cli.database import open_database
from bloop_trio.cli.output import moment, table
from bloop_trio.cli.projects import unknown_project
from bloop_trio.clock import now_ms, now_secs
from bloop_trio.exceptions import CommandError, NotFoundError
from bloop_trio.projects.store import find_project, list_projects

if TYPE_CHECKING:
    from bloop_trio.auth.tokens import Token
    from bloop_trio.cli.context import Commands, Context
    from bloop_trio.db.connection import Connection
    from bloop_trio.projects.project import Project


def add_to(commands: Commands) -> None:
    """Add the group."""
    group = add_group(commands, "token", "Bearer tokens, with which scripts use the API.")

    create = add_command(group, "create", run_create, "Create a token and print it, once and never again.")
    create.add_argument("--project", required=True, metavar="SLUG", help="slug or id of the project that it opens")
    create.add_argument(
        "--name", required=True, metavar="NAME", type=checked(check_token_name), help="what it is for, for people"
    )
    create.add_argument(
        "--scope",
        required=True,
        action="append",
        choices=SCOPES,
        metavar="SCOPE",
        help=f"what it may do; may be given several times: {', '.join(SCOPES)}",
    )
    create.add_argument(
        "--expires-in-days", metavar="D", type=_days, help="days until it stops working (default: never)"
    )

    listing = add_command(group, "list", run_list, "List the tokens, the newest first, revoked ones too.")
    listing.add_argument("--project", metavar="SLUG", help="only those of the project with this slug or id")

    revoke = add_command(group, "revoke", run_revoke, "Make a token worthless, for running servers within a second.")
    revoke.add_argument("id", metavar="ID", help="its id, as `bloop token list` shows it")


def run_create(context: Context) -> int:
    """Create a token and show its plaintext."""
    arguments = context.arguments
    with open_database(context.load()) as conn:
        project = _project(conn, arguments.project)
        issued = create_token(
            conn,
            name=arguments.name,
            project_no=project.no,
            scopes=arguments.scope,
            now_secs=now_secs(),
            expires_in_days=arguments.expires_in_days,
            note=notes_by_shell(now_ms()),
        )
    token = issued.token
    document = {
        "id": token.id,
        "name": token.name,
        "token": issued.plaintext,
        "token_prefix": token.token_prefix,
        "project_id": project.id,
        "scopes": list(token.scopes),
        "created_at": token.created_secs,
        "expires_at": token.expires_secs,
    }
    context.output.result(document, f"{issued.plaintext}\nKeep it: it is not shown again. Its id is {token.id}.")
    return 0


def run_list(context: Context) -> int:
    """Show the tokens of one project or of all."""
    wanted = context.arguments.project
    with open_database(context.load()) as conn:
        projects = {project.no: project for project in list_projects(conn)}
        tokens = list_tokens(conn, None if wanted is None else _project(conn, wanted).no)
    headings = ("ID", "NAME", "PROJECT", "TOKEN", "SCOPES", "EXPIRES (UTC)", "LAST USED", "REVOKED")
    rows = [
        (
            token.id,
            token.name,
            projects[token.project_no].slug,
            token.token_prefix + "…",
            " ".join(token.scopes),
            moment(token.expires_secs),
            moment(token.last_used_secs),
            moment(token.revoked_secs),
        )
        for token in tokens
    ]
    documents = [_document(token, projects[token.project_no]) for token in tokens]
    context.output.result(documents, table(headings, rows))
    return 0


def run_revoke(context: Context) -> int:
    """Revoke a token."""
    token_id = context.arguments.id
    with open_database(context.load()) as conn:
        try:
            revoke_token(conn, token_id, now_secs(), note=notes_by_shell(now_ms()))
        except NotFoundError as error:
            raise CommandError(f"{error}: {token_id} (`bloop token list` shows what there is)") from error
    context.output.result({"revoked": token_id}, f"Revoked token {token_id}.")
    return 0


def _project(conn: Connection, id_or_slug: str) -> Project:
    project = find_project(conn, id_or_slug)
    if project is None:
        raise unknown_project(id_or_slug)
    return project


def _document(token: Token, project: Project) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "token_prefix": token.token_prefix,
        "project_id": project.id,
        "scopes": list(token.scopes),
        "created_at": token.created_secs,
        "expires_at": token.expires_secs,
        "last_used_at": token.last_used_secs,
        "revoked_at": token.revoked_secs,
    }


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MAX_LIFETIME_DAYS):
        raise argparse.ArgumentTypeError(f"expected 1 to {MAX_LIFETIME_DAYS} days, got {text!r}")
    return int(text)
