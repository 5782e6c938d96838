"""Tickets from files.

`reading` turns bytes into rows, `mapping` says which column is what, `rows` turns a row into the
draft of a ticket or a reason why not, `references` finds or makes the people and teams it names,
`loading` writes a batch, `running` takes a file from start to end and on after a stop.
"""
