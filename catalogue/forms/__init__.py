"""Shape of what is typed about calendars and about forms built without code."""
