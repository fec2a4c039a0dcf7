"""A Cloudflare Worker as a target: its wrangler file, and the configuration of workerd that comes of it."""
