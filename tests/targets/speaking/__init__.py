"""A proxy that speaks every dialect, right or with a defect: both are chosen by the path of a request."""
