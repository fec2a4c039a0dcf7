"""The measuring clients: they send what a step says and stamp every chunk that comes back."""
