"""Inputs without end: random, spoilt and guided by coverage, each through all that the commands do. See __main__.py."""
