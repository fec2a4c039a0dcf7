"""What Cloudflare itself answers when something is wrong: error bodies, and the pages of its edge.

The one rule: codes and texts are rows of tables here, never literals in a fault.
"""
