"""How fast the hub is, against the leanest honest server: `python -m benchmarks`."""
