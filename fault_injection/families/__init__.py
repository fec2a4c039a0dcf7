"""One module a family of faults. Each lists its faults in `FAULTS`; the registry gathers them."""
