"""Who is told what, by which channel; nobody is told twice.

An app declares the kinds of notices it sends in its `notices.py` and calls
`notifications.actions.notify` from its handlers, after asking `visible_to` once more.
"""
