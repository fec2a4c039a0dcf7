"""What has to be hidden: what is a credential by its name, where one stands in a text, how a known one is written.

The one rule: nothing here changes a text; it says what is to go, and `core.observed.redact` takes it out.
"""
