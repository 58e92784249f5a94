"""Rewrites: a graph to one that gives the same values in evaluation. One file each; `deployment.py` runs them in turn."""
