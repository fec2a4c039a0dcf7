"""What an answer is, in every form in which upstream may give it: events, chunks, completions, failures."""
