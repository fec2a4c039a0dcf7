"""Proxies that are wrong about what they are asked, or about what answers say beside their text."""
