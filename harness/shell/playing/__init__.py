"""Playing cases: a lane is one target with a mock of its own, a trial is one case on it."""
