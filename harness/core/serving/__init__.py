"""Who may ask a server of this machine: the mock, the gateway and the live page."""
