"""What was observed, as data, and how it is read. Reading never judges and never raises."""
