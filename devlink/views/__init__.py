"""Pages of development work, one subject a file."""
