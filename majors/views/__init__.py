"""Pages of major incidents, one subject a file."""
