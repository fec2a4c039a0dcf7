"""A reverse proxy in front of a real upstream: byte-transparent, with the mock's faults for what bears a run's mark."""
