"""How answers of chat services are read."""
