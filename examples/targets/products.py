"""The proxies of the league: where each comes from, how it is installed, and what says its version.

The one rule: packages are named, never addresses; each is installed by its own system's client, in the version that was
tried.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from harness.shell.target.worker.tools import WORKERD
from start import find, league_folder

_PATIENCE_S: Final = 1200
_POLICY: Final = Path("/usr/sbin/policy-rc.d")
"""How Debian is told that what is installed is not to be started as a service."""


class NotInstalledError(Exception):
    """A product is not here and cannot be installed; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One proxy. `packages` are those of its system; `program` is what `start.py` looks for."""

    name: str
    system: Literal["apt", "pip", "npm", "edgeproof"]
    packages: tuple[str, ...]
    program: str
    says_version: tuple[str, ...] = ()
    installs: str = ""
    """Where it lies in its own folder, when it is a library for the program; the program is then looked for as well."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Packages of npm that are held at a version, whatever asks for them."""
    jobs: int | None = None
    """How many of it run at once; the profile says when None."""

    @property
    def target(self) -> Path:
        """Its target file."""
        return Path(__file__).parent / self.name / "target.toml"

    def installed(self) -> bool:
        """Whether it can be started."""
        if self.installs and not (league_folder() / self.name / self.installs).exists():
            return False
        return self.system == "edgeproof" or find(self.program) is not None

    def version(self) -> str:
        """Return the version of what is installed; empty when it does not say."""
        if self.system in ("pip", "npm", "edgeproof"):
            return self.packages[0].rpartition("==" if self.system == "pip" else "@")[2]
        done = _run([find(self.program) or self.program, *self.says_version])
        found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
        return found[0] if found else ""

    def install(self, *, say: Callable[[str], None]) -> None:
        """Install it, unless it is there.

        Raises:
            NotInstalledError: that cannot be done here.
        """
        if self.installed():
            return
        say(f"installing {', '.join(self.packages)} with {self.system}")
        {"apt": _apt, "pip": _pip, "npm": _npm}[self.system](self)
        if not self.installed():
            raise NotInstalledError(f"{self.name}: {self.program} is not there after installing {self.packages}")


PRODUCTS: Final[Mapping[str, Product]] = MappingProxyType(
    {
        each.name: each
        for each in (
            Product(name="nginx", system="apt", packages=("nginx",), program="nginx", says_version=("-v",)),
            Product(name="haproxy", system="apt", packages=("haproxy",), program="haproxy", says_version=("-v",)),
            Product(name="caddy", system="apt", packages=("caddy",), program="caddy", says_version=("version",)),
            Product(name="apache", system="apt", packages=("apache2",), program="apache2", says_version=("-v",)),
            Product(name="workerd", system="edgeproof", packages=(f"workerd@{WORKERD.version}",), program="workerd"),
            Product(
                name="portkey",
                system="npm",
                packages=("@portkey-ai/gateway@1.15.2",),
                program="gateway",
                # with newer ones it fails every stream (its issue 1389)
                overrides={"@hono/node-server": "1.13.8"},
            ),
            Product(
                name="ai-sdk",
                system="npm",
                packages=("ai@6.0.326", "@ai-sdk/openai-compatible@2.0.92"),
                program="node",
                installs="node_modules/ai",
            ),
            Product(
                name="pydantic-ai",
                system="pip",
                packages=("pydantic-ai-slim[ag-ui,openai]==2.68.0", "openai==3.57.0", "uvicorn==0.54.0"),
                program="uvicorn",
                installs="bin/uvicorn",
            ),
            Product(
                name="copilotkit",
                system="npm",
                packages=("@copilotkit/runtime@1.10.6", "openai@4.104.0"),
                program="node",
                installs="node_modules/@copilotkit/runtime",
            ),
            Product(name="litellm", system="pip", packages=("litellm[proxy]==1.106.12",), program="litellm", jobs=1),
        )
    }
)
"""Every product by its name, the quickest to install first."""


def _apt(product: Product) -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NotInstalledError(f"{product.name}: install it first: sudo apt-get install {' '.join(product.packages)}")
    written = not _POLICY.exists()
    if written:
        _POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
        _POLICY.chmod(0o755)
    try:
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        _checked(product, ["apt-get", "update", "-qq"], env=env)
        _checked(product, ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *product.packages], env=env)
    finally:
        if written:
            _POLICY.unlink()


def _pip(product: Product) -> None:
    with _Whole(product) as fresh:
        _checked(product, [sys.executable, "-m", "venv", str(fresh)])
        uv = shutil.which("uv", path=str(Path(sys.executable).parent))
        pip = [str(fresh / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        command = [uv, "pip", "install", "--quiet", "--python", str(fresh / "bin" / "python")] if uv else pip
        _checked(product, [*command, *product.packages])


def _npm(product: Product) -> None:
    if shutil.which("npm") is None:
        raise NotInstalledError(f"{product.name}: it needs Node.js with npm")
    with _Whole(product) as fresh:
        (fresh / "package.json").write_text(json.dumps({"overrides": dict(product.overrides)}), encoding="utf-8")
        quiet = ("--no-audit", "--no-fund", "--ignore-scripts")
        _checked(product, ["npm", "install", *quiet, "--prefix", str(fresh), *product.packages])


class _Whole:
    """A folder that is filled as a whole or not at all. Programs in it know where they lie, so it is never moved."""

    def __init__(self, product: Product) -> None:
        self._folder = league_folder() / product.name

    def __enter__(self) -> Path:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        return self._folder

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _checked(product: Product, command: list[str], *, env: Mapping[str, str] | None = None) -> None:
    done = _run(command, env=env)
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()][-3:]
        raise NotInstalledError(f"{product.name}: {command[0]} failed: " + " | ".join(lines))


def _run(command: list[str], *, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(  # noqa: S603 - our own words
            command, capture_output=True, text=True, check=False, cwd=folder, env=env, timeout=_PATIENCE_S
        )
