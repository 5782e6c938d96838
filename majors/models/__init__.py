"""Tables of major incidents, one subject a file."""

from majors.models.major import AffectedComponent, MajorIncident, MajorRole
from majors.models.reviews import FollowUp, Review
from majors.models.updates import StatusUpdate, UpdateTemplate, UpdateText

__all__ = [
    "AffectedComponent",
    "FollowUp",
    "MajorIncident",
    "MajorRole",
    "Review",
    "StatusUpdate",
    "UpdateTemplate",
    "UpdateText",
]
