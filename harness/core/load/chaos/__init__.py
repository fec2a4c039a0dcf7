"""What a chaos run comes to: phases, each with what struck in it and what clients felt, and a verdict on content."""
