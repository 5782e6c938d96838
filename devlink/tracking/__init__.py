"""Talking to trackers: what they tell is looked up, what we have for them is sent.

One process at a time does one of these for a tracker. Nothing here holds a transaction open while
a tracker is asked.
"""

from devlink.tracking.checking import check
from devlink.tracking.comparing import compare
from devlink.tracking.reading import read_deliveries
from devlink.tracking.sending import send_calls

__all__ = ["check", "compare", "read_deliveries", "send_calls"]
