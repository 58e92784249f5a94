"""One rule a file; each has CODE, TITLE and `find(subject)`."""
