"""`python -m edgeproof.under_program WORDS`: the command line as a child of a program that uses edgeproof.

The one rule: it ends when its standard input does, because then that program has ended or wants it to.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time
from typing import Final

from edgeproof.__main__ import main
from edgeproof.home import put_first

_GRACE_S: Final = 12.0


def _end_with_the_program() -> None:
    while os.read(0, 4096):  # no buffered reader: the interpreter could not end while one waits
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_S)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--module"]:
        put_first()
        runpy.run_module(sys.argv[2], run_name="__main__")
    else:
        threading.Thread(target=_end_with_the_program, name="end-with-the-program", daemon=True).start()
        main()
