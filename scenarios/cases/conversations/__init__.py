"""What targets remember: conversations, by HTTP and by WebSocket."""
