"""edgeproof's public face: its command line, and what other people's tests load of it.

The one rule: this package is loaded into other people's processes, so it imports the standard library alone (the pytest
plugin also pytest). Whatever needs the rest of edgeproof runs in a process of its own.
"""

__version__ = "0.1.0"
