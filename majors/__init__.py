"""Major incidents: candidates and their decision, roles, updates by audience, the public status
page, and the post-incident review with its follow-ups.

A major incident is a role that a ticket plays: the ticket keeps its clocks, conversation and
workflow, its child tickets are the reports of the same interruption.
"""
