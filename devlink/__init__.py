"""Support evidence in sprints and releases: work items, asks, readiness, verified fixes."""
