"""What is put on the module path of a Python target, so that it can be asked what it holds."""
