"""What a target is bound to beside its model: stores and bindings, none of which may cost an answer."""
