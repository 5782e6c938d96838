"""From tickets to clusters and back: choose, embed, group, keep identities, save.

`analysis` does the grouping and knows nothing of rows; this package is the adapter on both sides.
"""
