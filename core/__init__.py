"""Mechanisms without a domain: workflow, event log, panels, navigation, errors, page helpers."""
