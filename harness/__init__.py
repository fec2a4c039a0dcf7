"""The harness: everything that plays, measures and judges. `python -m harness` is the command line."""

__version__ = "0.1.0"
