"""The borders of the rules about chat services."""
