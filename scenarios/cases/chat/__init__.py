"""Cases of a chat service: what it streams, keeps, lists and finds, for whom, with which agent, and what that took."""
