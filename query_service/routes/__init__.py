"""HTTP routes of the read path: each parses, calls one function and answers."""
