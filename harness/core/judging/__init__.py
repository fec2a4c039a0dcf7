"""Views of a history, the invariants over them, and the verdict. Silent whenever the target may have been right."""
