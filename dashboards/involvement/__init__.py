"""Involvement of support: the six measures as bars, when support first knew, whether it helps."""
