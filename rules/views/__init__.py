"""Pages of rules and macros, one subject a file."""
