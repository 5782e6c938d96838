"""Role homes, proactivity measures, global search and the demo organisation."""
