"""Tables of devlink, one subject a file."""

from devlink.models.asks import Ask, Decision, EvidencePack, Question
from devlink.models.fixes import FixClaim, FixLook
from devlink.models.involvement import (
    InvolvementEvent,
    JoinRequest,
    PulseAnswer,
    PulseParticipation,
)
from devlink.models.loop import LoopObligation
from devlink.models.outbound import OutboundCall
from devlink.models.releases import Deployment, ReadinessItem, Release, ReleaseItem, SignOff
from devlink.models.trackers import Tracker, TrackerDelivery
from devlink.models.work import Comment, Evidence, Sprint, WorkItem, WorkItemLink

__all__ = [
    "Ask",
    "Comment",
    "Decision",
    "Deployment",
    "Evidence",
    "EvidencePack",
    "FixClaim",
    "FixLook",
    "InvolvementEvent",
    "JoinRequest",
    "LoopObligation",
    "OutboundCall",
    "PulseAnswer",
    "PulseParticipation",
    "Question",
    "ReadinessItem",
    "Release",
    "ReleaseItem",
    "SignOff",
    "Sprint",
    "Tracker",
    "TrackerDelivery",
    "WorkItem",
    "WorkItemLink",
]
