"""The face towards clients: the application, limits at the door, relaying, logs and metrics."""
