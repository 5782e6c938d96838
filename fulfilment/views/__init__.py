"""Pages of the fulfilment app, one subject a file."""
