"""``bloop admin invite | reset``: the ways back in for whoever has the machine and no passkey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.audit.store import notes_by_shell
from bloop_trio.auth.invites import create_invite, invite_link
from bloop_trio.auth.users import list_users, reset_people
from bloop_trio.cli.context import add_command, add_group
from bloop_trio.cli.database import open_database
from bloop_trio.cli.output import moment
from bloop_trio.clock import now_ms, now_secs
from bloop_trio.exceptions import CommandError

if TYPE_CHECKING:
    from bloop_trio.cli.context import Commands, Context


def add_to(commands: Commands) -> None:
    """Add the group."""
    group = add_group(commands, "admin", "People, for whoever cannot sign in.")

    invite = add_command(group, "invite", run_invite, "Make an invite and print its link.")
    invite.add_argument("--admin", action="store_true", help="the new user becomes an administrator")

    reset = add_command(group, "reset", run_reset, "Remove all users, so that registration is open again.")
    reset.add_argument("--yes", action="store_true", help="says that this is meant")


def run_invite(context: Context) -> int:
    """Make an invite and show its link."""
    loaded = context.load()
    with open_database(loaded) as conn:
        issued = create_invite(
            conn, is_admin=context.arguments.admin, note=notes_by_shell(now_ms()), now_secs=now_secs()
        )
    invite, link = issued.invite, invite_link(loaded.config.auth.rp_origin, issued.plaintext)
    document = {
        "id": invite.id,
        "token": issued.plaintext,
        "token_prefix": invite.token_prefix,
        "url": link,
        "is_admin": invite.is_admin,
        "expires_at": invite.expires_secs,
    }
    context.output.result(document, f"{link}\nGood for one registration until {moment(invite.expires_secs)} UTC.")
    return 0


def run_reset(context: Context) -> int:
    """Remove everybody."""
    with open_database(context.load()) as conn:
        if not context.arguments.yes:
            count = len(list_users(conn))
            raise CommandError(
                f"this removes every user ({count}), with passkeys and tokens: if it is meant, say --yes"
            )
        removed = reset_people(conn, note=notes_by_shell(now_ms()), now_secs=now_secs())
    context.output.result(
        {"users_removed": removed}, f"Removed {removed} users: whoever registers next becomes administrator."
    )
    return 0
