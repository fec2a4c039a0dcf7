"""AI Gateway: providers by one door, with its cache, retries, fallbacks, dynamic routes and logs."""
