"""Rules that act on tickets by themselves, and macros that agents run; both share their actions."""
