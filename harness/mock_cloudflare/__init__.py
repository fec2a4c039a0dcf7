"""A mock of Cloudflare's services, pure: a request in, a reply out, one module a service."""
