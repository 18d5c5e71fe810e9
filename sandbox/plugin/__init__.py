"""MiniStack as this sandbox runs it: version and extension points checked, its gaps filled, bound to the loopback."""
