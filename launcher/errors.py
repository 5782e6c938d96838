"""The one error the launcher shows to people."""


class LaunchError(Exception):
    """Something the person at the keyboard can act on; its text is one plain sentence."""
