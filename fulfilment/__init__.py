"""What people may ask for: the request catalogue, approvals in steps, plans of fulfilment."""
