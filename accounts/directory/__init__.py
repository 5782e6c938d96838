"""People and organisations as they are arranged: reads, changes and pages."""
