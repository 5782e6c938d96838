"""Tickets (incidents and service requests), their conversation, clocks, queues and import."""
