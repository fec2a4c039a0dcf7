"""A streaming cache in front of any origin: its answers pass byte for byte, and are kept once they are whole.

Mounted below `/origin` where the setting `origin` names one. Nothing here knows what a chat is, but for the marks that
end one: a stream that lacks them is not kept.
"""
