"""Articles shared by support and development, their revisions, review and feedback."""
