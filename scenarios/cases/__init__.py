"""Conformance cases, one module a family. A case is one literal; it contains no code."""
