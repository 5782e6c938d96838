"""Tables of the accounts app, one subject a file."""

from accounts.models.availability import Absence, WorkingHours, WorkWeek
from accounts.models.people import (
    ApiToken,
    Membership,
    Organisation,
    Person,
    SignInTry,
    Team,
)

__all__ = [
    "Absence",
    "ApiToken",
    "Membership",
    "Organisation",
    "Person",
    "SignInTry",
    "Team",
    "WorkWeek",
    "WorkingHours",
]
