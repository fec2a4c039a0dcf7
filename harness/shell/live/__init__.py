"""The live page of a run, served by a process of its own: whatever it draws, it never holds up what is measured.

    page_process   starts that process and tells it what happens, from the run
    __main__       the process: reads events, serves the page, ends with its input
    server         routes, server-sent events
    guarding       who may ask: this machine's own pages, and nobody else

The one rule: it listens on loopback alone, and answers only to the name under which it was printed.
"""
