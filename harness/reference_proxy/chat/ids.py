"""Names of things: unique without asking anybody, and telling of what kind they are.

The one rule: an id gives nothing away; it neither counts nor dates.
"""

import uuid
from typing import Literal

Kind = Literal["agent", "conv", "key", "msg", "tenant", "user"]


def new_id(kind: Kind) -> str:
    """A new id such as `msg_9f2c…`."""
    return f"{kind}_{uuid.uuid4().hex}"


def mark_of(id_: str) -> str:
    """What is behind the kind in an id of ours."""
    return id_.partition("_")[2]
