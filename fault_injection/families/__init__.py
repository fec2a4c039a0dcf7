"""One module a family of faults, or one room. Each lists its faults in `FAULTS`; the registry gathers them."""
