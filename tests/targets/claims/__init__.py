"""Proxies that differ in what they claim, right ones and one that claims what it does not do."""
