"""Workers as people write them, each a project of its own: a plain handler, a Hono app, an itty-router app."""
