"""Clocks of targets; pure: history, policy version and calendar version give every deadline."""
