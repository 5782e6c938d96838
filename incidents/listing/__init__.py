"""The list of tickets as its address describes it.

`columns` are what a row may show, `reading` turns an address into a list, `groups` counts and
splits it, `narrowing` offers every filter, `exporting` writes it to files.
"""
