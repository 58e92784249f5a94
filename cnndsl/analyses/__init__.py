"""One question about a network a file; each has `analyse(graph, setting) -> Findings`."""
