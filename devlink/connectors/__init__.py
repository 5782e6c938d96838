"""Trackers of other houses: each behind the one Protocol of `base`."""
