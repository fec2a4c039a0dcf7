"""What a leak run comes to: samples in, an estimate and a finding out. No clock, no socket."""
