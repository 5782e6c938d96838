"""Loads the project's own pytest plugins, which pytest only accepts from the top directory."""

pytest_plugins = ["tests.databases"]
