"""The type checker, linter and compiler for convolutional networks."""
