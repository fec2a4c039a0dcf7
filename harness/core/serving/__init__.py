"""What every server of ours settles before it answers: what is asked for, and whether it may be asked by this name."""
