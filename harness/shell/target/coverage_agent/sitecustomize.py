"""Runs inside a Python target as it starts, and measures which of its lines and branches are run.

The one rule: the target is what it would be without us. Whatever goes wrong here is left alone, another
`sitecustomize` that it has is run as well, and what was measured is written every second, so that a process which is
killed has lost no more than that. It is run by interpreters that know nothing of edgeproof, so it imports none of it.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.machinery
import importlib.util
import json
import os
import shutil
import sys
import threading
from typing import Any

_SAVE_EVERY_S = 1.0


def _measure() -> None:
    told = json.loads(os.environ["EDGEPROOF_COVERAGE"])
    sys.path.insert(0, told["library"])  # the writer of the data and its reader have to be of one version
    try:
        import coverage
    finally:
        sys.path.remove(told["library"])
    cover = coverage.Coverage(
        data_file=told["data_file"],
        data_suffix=True,
        branch=True,
        config_file=False,
        include=told["include"] or None,
        omit=told["omit"],
        source_pkgs=told["packages"] or None,
        messages=False,
    )
    cover.set_option("run:sigterm", True)
    cover.set_option("run:patch", ["_exit"])
    cover.set_option("run:disable_warnings", ["no-data-collected", "module-not-imported", "module-not-measured"])
    cover.start()
    # What is kept may be written while the target runs on; what is cleared after it was copied would miss what came
    # between. So nothing is cleared.
    collector: Any = cover._collector  # noqa: SLF001 - there is no public way to write without clearing
    collector._clear_data = lambda: None  # noqa: SLF001 - as above
    stop = threading.Event()
    lock = threading.Lock()

    def save() -> None:
        with lock, contextlib.suppress(Exception):
            cover.save()
            _keep(cover.get_data().data_filename())

    def keep_saving() -> None:
        while not stop.wait(_SAVE_EVERY_S):
            save()

    def at_end() -> None:
        stop.set()
        cover.stop()
        save()

    def begin() -> None:
        threading.Thread(target=keep_saving, name="edgeproof-coverage", daemon=True).start()

    atexit.register(at_end)
    os.register_at_fork(after_in_child=begin)
    begin()


def _keep(written: str) -> None:
    """Keep a copy of what was written, because a process that is killed as it writes leaves nothing but ruins."""
    folder, name = os.path.split(written)
    copy = os.path.join(folder, f"unfinished-{name}")  # noqa: PTH118 - pathlib is slow to import at every start
    shutil.copyfile(written, copy)
    os.replace(copy, f"{written}.kept")  # noqa: PTH105 - as above


def _run_the_next_one() -> None:
    """Run the `sitecustomize` that would have been run had this one not been in front of it."""
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH120, PTH100 - pathlib is slow to import at every start
    places = [os.path.abspath(each) for each in sys.path]  # noqa: PTH100 - as above
    rest = places[places.index(here) + 1 :] if here in places else []
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", rest)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


with contextlib.suppress(Exception):
    _measure()
_run_the_next_one()
