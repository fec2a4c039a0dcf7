"""What a target is held to that puts an answer into the words of another dialect: its meaning, and its grammar."""
