"""``bloop sourcemaps upload | list | delete``: the source maps of a server, asked over HTTP, so also from elsewhere."""

from __future__ import annotations

import gzip
import http.client
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

import attrs

from bloop_trio.cli.calling import add_url_option, asked_url, call, own_certificate
from bloop_trio.cli.context import UsageError, add_command, add_group
from bloop_trio.cli.output import moment, printable, size, table
from bloop_trio.exceptions import CommandError
from bloop_trio.projects.project import DEFAULT_SLUG

if TYPE_CHECKING:
    from bloop_trio.cli.context import Commands, Context

TOKEN_VARIABLE: Final = "BLOOP_TOKEN"  # noqa: S105 - the name of a variable
TIMEOUT_SECS: Final = 120.0
MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
_SHOWN_CHARS: Final = 500
_OF_STYLE_SHEETS: Final = ".css.map"


def add_to(commands: Commands) -> None:
    """Add the group."""
    group = add_group(commands, "sourcemaps", "Source maps, by which minified stacks lead back to the sources.")

    upload = add_command(group, "upload", run_upload, "Upload all source maps below a folder for a release.")
    upload.add_argument("folder", metavar="DIR", help="folder that the bundler has written to")
    upload.add_argument("--release", required=True, metavar="R", help="release, exactly as events name it")

    listing = add_command(group, "list", run_list, "List the source maps of a project.")
    listing.add_argument("--release", metavar="R", help="only those of this release")

    delete = add_command(group, "delete", run_delete, "Delete a source map.")
    delete.add_argument("map", metavar="ID", help="id of the map, as `bloop sourcemaps list` shows it")

    for parser in (upload, listing, delete):
        parser.add_argument(
            "--project", metavar="SLUG", default=DEFAULT_SLUG, help="slug or id of the project (default: default)"
        )
        parser.add_argument(
            "--token", metavar="TOKEN", help=f"bearer token of the project (default: the variable {TOKEN_VARIABLE})"
        )
        add_url_option(parser)


def run_upload(context: Context) -> int:
    """Upload every map below the folder, one after the other.

    Raises:
        CommandError: there are none, or the server did not take one; those before it were stored.
        UsageError: there is no token, or the release is no text.
    """
    folder = Path(context.arguments.folder)
    if not _is_text(context.arguments.release):
        raise UsageError("--release: it must be UTF-8")
    files = sorted(
        path for path in folder.rglob("*.map") if path.is_file() and not path.name.endswith(_OF_STYLE_SHEETS)
    )
    if not files:
        raise CommandError(f"there are no source maps (*.map) below {folder}")
    server = _server(context)
    stored: list[Any] = []
    for file in files:
        name = file.relative_to(folder).as_posix()
        if not _is_text(name):
            raise CommandError(f"{printable(name)}: the name of the file is not UTF-8; {_so_far(stored, files)}")
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"cannot read {file}: {error.strerror}; {_so_far(stored, files)}") from error
        content_type, body = _form(context.arguments.release, name, content)
        try:
            stored.append(server.ask("POST", "", body, content_type))
        except CommandError as error:
            raise CommandError(f"{name}: {error}; {_so_far(stored, files)}") from error
    maps = "1 source map" if len(stored) == 1 else f"{len(stored)} source maps"
    total = size(sum(found["size_bytes"] for found in stored))
    release = printable(context.arguments.release)
    context.output.result(stored, f"Uploaded {maps} ({total}) for release {release}.")
    return 0


def run_list(context: Context) -> int:
    """Show the maps of a project."""
    release = context.arguments.release
    found = _server(context).ask("GET", "" if release is None else "?" + urlencode({"release": release}))
    rows = [
        (stored["id"], stored["release"], stored["filename"], size(stored["size_bytes"]), moment(stored["uploaded_at"]))
        for stored in found
    ]
    context.output.result(found, table(("ID", "RELEASE", "FILE", "SIZE", "UPLOADED (UTC)"), rows))
    return 0


def run_delete(context: Context) -> int:
    """Delete a map."""
    map_id = context.arguments.map
    answer = _server(context).ask("DELETE", "/" + quote(map_id, safe=""))
    context.output.result(answer, f"Deleted source map {printable(map_id)}.")
    return 0


@attrs.frozen(kw_only=True)
class _Server:
    """The source maps of one project on a server."""

    url: str
    path: str
    token: str = attrs.field(repr=False)
    certificate: Path | None

    def ask(self, method: str, target: str, body: bytes | None = None, content_type: str | None = None) -> Any:
        """Return the document that the server answers with; raises CommandError if it refuses."""
        headers: dict[str, str | bytes] = {"authorization": f"Bearer {self.token}".encode()}
        if content_type is not None:
            headers["content-type"] = content_type
        try:
            status, answer = call(
                method,
                self.url,
                self.path + target,
                body=body,
                headers=headers,
                certificate=self.certificate,
                timeout_secs=TIMEOUT_SECS,
                max_answer_bytes=MAX_ANSWER_BYTES,
            )
        except ValueError as error:  # a token that cannot be a header
            raise UsageError(f"--token: {error}") from error
        if status != http.client.OK:
            reason = str(answer.get("error", answer) if isinstance(answer, dict) else answer)[:_SHOWN_CHARS]
            raise CommandError(f"the server at {self.url} answered {status}: {printable(reason)}")
        return answer


def _server(context: Context) -> _Server:
    token = context.arguments.token or context.environ.get(TOKEN_VARIABLE)
    if not token:
        raise UsageError(f"no token: give one with --token, or in the variable {TOKEN_VARIABLE}")
    loaded = context.load()
    return _Server(
        url=asked_url(context, loaded),
        path=f"/v1/projects/{quote(context.arguments.project, safe='')}/sourcemaps",
        token=token,
        certificate=own_certificate(context, loaded),
    )


def _form(release: str, name: str, content: bytes) -> tuple[str, bytes]:
    """Return content type and body of an upload; the map goes compressed."""
    boundary = secrets.token_hex(16)
    escaped = name.replace("\\", "%5C").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="release"\r\n\r\n{release}\r\n'.encode(),
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{escaped}"\r\n\r\n'.encode(),
        gzip.compress(content, 6),
        f"\r\n--{boundary}--\r\n".encode(),
    ]
    return f"multipart/form-data; boundary={boundary}", b"".join(parts)


def _is_text(text: str) -> bool:
    """Say whether a name can be sent; those of files and arguments may be any bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _so_far(stored: list[Any], files: list[Path]) -> str:
    return f"{len(stored)} of {len(files)} maps were uploaded"
