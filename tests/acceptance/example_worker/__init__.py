"""The Worker that comes with edgeproof, on real workerd."""
