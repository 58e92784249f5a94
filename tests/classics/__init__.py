"""The classics, each held against the same network written by hand in torch."""
