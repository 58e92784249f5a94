"""The language reference, and the published architectures in the language."""
