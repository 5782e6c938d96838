"""Tables of the catalogue: what is supported, when people work, and what is promised."""

from catalogue.models.calendars import BusinessCalendar, CalendarVersion
from catalogue.models.intake import IntakeForm, IntakeFormVersion
from catalogue.models.policies import PolicyTarget, PolicyVersion, ServiceLevelPolicy
from catalogue.models.services import Component, Service

__all__ = [
    "BusinessCalendar",
    "CalendarVersion",
    "Component",
    "IntakeForm",
    "IntakeFormVersion",
    "PolicyTarget",
    "PolicyVersion",
    "Service",
    "ServiceLevelPolicy",
]
