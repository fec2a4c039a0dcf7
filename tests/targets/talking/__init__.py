"""Proxies that keep conversations: a right one, and others that forget, mix, double or half-remember what was said."""
