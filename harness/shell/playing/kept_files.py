"""Failures that were kept as files: where they are, and what is in them.

The one rule: a file that cannot be read as a case ends the run before it starts; a failure that is left out without a
word would look mended.
"""

from __future__ import annotations

from pathlib import Path

from harness.core.judging.failures import content_name
from harness.errors import UsageError
from scenarios.case_file import CaseFileError, KeptCase, read_case


def read_kept(path: Path) -> KeptCase:
    """Read one file.

    Raises:
        UsageError: naming the file, and what is wrong with it.
    """
    try:
        return read_case(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read", evidence=error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8", evidence=str(error)) from error
    except CaseFileError as error:
        raise UsageError(f"{path}: {error}", next_step="fix the file, or remove it from its folder") from error


def kept_in(folder: Path) -> tuple[tuple[Path, KeptCase], ...]:
    """Read every failure kept in a folder, by name; none when there is no such folder.

    Raises:
        UsageError: a file is no case; see `read_kept`.
    """
    return tuple((path, read_kept(path)) for path in sorted(folder.glob("*.toml")))


def called(path: Path, kept: KeptCase) -> str:
    """Return what reports call a kept failure: the name under which it was found, where its file still goes by that.

    Its case keeps the id by which it was invented, because every draw follows from that.
    """
    name = f"{kept.invariant}-{content_name(kept.case)}"
    return f"found.{name}" if path.stem == name else kept.case.id
