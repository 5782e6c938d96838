"""The requester's side of the desk: what they asked for, in their words."""
