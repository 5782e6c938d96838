"""Turns the plan into rows: in bulk where there are thousands, through the actions where few."""
