"""Pages of tickets, one subject a file."""
