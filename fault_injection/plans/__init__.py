"""What is done with a plan: exchanges are decided, it is told in words, and some come along by name."""
