"""The code made wrong in one place at a time: do the tests notice? See __main__.py."""
