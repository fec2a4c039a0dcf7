"""A Cloudflare Worker made ready to be started: its tools, its bundle, its command."""
