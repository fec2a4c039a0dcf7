"""How the tables came to be, step by step, as Alembic reads it: `env` runs `versions/` in the order that they name."""
