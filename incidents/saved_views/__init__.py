"""Saved views: `actions` keeps, changes and deletes them, `counting` knows how many they hold."""
