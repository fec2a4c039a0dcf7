"""Proxies that are hard on whoever judges them: they never end, hang for good, or die again and again."""
