"""Two networks to what differs between them: which layers are the same ones, what changed in each, in words and as a picture."""
