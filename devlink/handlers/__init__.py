"""What follows when development work moves or a cause gains or loses a ticket, a subject a file."""

from devlink.handlers import asks, loop, releases, tickets, trackers

__all__ = ["asks", "loop", "releases", "tickets", "trackers"]
