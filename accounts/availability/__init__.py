"""When people work and when they are away: reads, changes and pages."""
