"""Work items of a tracker from its export: read row by row, written in batches."""
