"""Golden streams of every dialect: each as its makers send it, and what a client of it understands.

One module for each dialect, on the forms that they share.
"""

from tests.harness.core.observed.dialects.golden import ag_ui, ai_sdk
from tests.harness.core.observed.dialects.golden.ag_ui import AG_UI, RAN, RUN, SAID, SAYING, tooled, word
from tests.harness.core.observed.dialects.golden.ai_sdk import AI_SDK, DONE, STEP, UI_START, finished, inputs, texts
from tests.harness.core.observed.dialects.golden.copilotkit import (
    BAD,
    COPILOTKIT,
    FIELD,
    FIRST,
    GOOD,
    LAST,
    copilot_text,
    increments,
    message,
    piece,
    said_whole,
)
from tests.harness.core.observed.dialects.golden.form import (
    EVENTS,
    LINES,
    PARTS,
    SPOKEN,
    Golden,
    Told,
    events,
    numbered,
    parts,
)
from tests.harness.core.observed.dialects.golden.messages import MESSAGES, START, STOP, block, ending, said, used
from tests.harness.core.observed.dialects.golden.responses import (
    RESPONSES,
    begun,
    called,
    ended,
    function,
    item,
    response,
    texted,
)

GOLDEN = (*MESSAGES, *RESPONSES, *AG_UI, *AI_SDK, *COPILOTKIT)

__all__ = [
    "BAD",
    "DONE",
    "EVENTS",
    "FIELD",
    "FIRST",
    "GOLDEN",
    "GOOD",
    "LAST",
    "LINES",
    "PARTS",
    "RAN",
    "RUN",
    "SAID",
    "SAYING",
    "SPOKEN",
    "START",
    "STEP",
    "STOP",
    "UI_START",
    "Golden",
    "Told",
    "ag_ui",
    "ai_sdk",
    "begun",
    "block",
    "called",
    "copilot_text",
    "ended",
    "ending",
    "events",
    "finished",
    "function",
    "increments",
    "inputs",
    "item",
    "message",
    "numbered",
    "parts",
    "piece",
    "response",
    "said",
    "said_whole",
    "texted",
    "texts",
    "tooled",
    "used",
    "word",
]
