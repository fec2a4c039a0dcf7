"""What a target does, found out by small experiments: what to ask next, and what the answers come to.

An experiment is a generator: it yields moves (ask, wait, start afresh), gets back what both sides saw, and notes facts
with what they rest on. So all of it is decided here, without a socket or a clock; `harness.drivers.probing` only plays.

The one rule: a fact says how often it was seen, or within which time it was not. What was not looked at is unknown, and
never absent.

Automata learning was tried for the breaker, and left out. One that opens after N failures is a Mealy machine of N + 1
states over {ok, fail, wait}, but every query wants a target without a past, and "wait" must be long enough before its
length is known. On a simulated breaker with N = 5, AALpy's L* put 183 queries with 1,046 failures and 529 waits, hours
on a real proxy; with N = 10 its oracle never met ten failures in a row, and what it learned had no breaker. The numbers
that a claim is about take N + 1 questions and a few dozen cheap ones (`experiments.breaker`).
"""
