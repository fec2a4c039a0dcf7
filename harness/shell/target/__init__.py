"""The target's process: start, readiness, ports, log, coverage. It ends only what it started."""
