"""One way of exercising a target each; drivers are strangers to one another."""
