"""Pure judgement: decoders, the history of what happened, the invariants, the verdict. No socket, no clock."""
