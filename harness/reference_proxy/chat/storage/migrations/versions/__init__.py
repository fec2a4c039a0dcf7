"""One step a module; a step that was released is never changed."""
