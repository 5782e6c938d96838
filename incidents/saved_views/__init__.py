"""Saved views: `actions` keeps, changes and deletes them, `form` asks for their name and scope,
`counting` knows how many tickets they hold.
"""
