"""Proxies that are wrong where the world is less regular than their authors thought."""
