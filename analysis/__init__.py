"""Text similarity, grouping by cause and statistics of fixes: plain Python, no framework."""
