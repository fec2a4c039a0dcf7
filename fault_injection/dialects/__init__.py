"""APIs whose streams are made of typed events, as far as faults must find their way in them: one module an API.

A fault that writes or edits an event of a stream asks `known` what is spoken there, and writes what that API sends.
Chat completions and Workers AI's own events are not here: `fault_injection.chat` knows those.
"""
