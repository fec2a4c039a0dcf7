"""What a load run comes to: answers in, windows, blame, objectives and a verdict out. No clock, no socket."""
