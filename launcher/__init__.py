"""Starts Upstream on one machine: embedded servers, web, workers and scheduler.

Uses the standard library only and imports nothing of Upstream, so that it can run before anything
is installed and still explain itself when Django cannot start.
"""
