"""What `cnndsl rf` shows: how receptive fields grow down a network, and what one unit sees, as figures, text and pictures."""
