"""Tables of the problems app, one subject a file."""

from problems.models.analysis import Cause, PartOfAnalysis, TimelineEntry, Why
from problems.models.cluster import Cluster, ClusterConstraint, ClusterMember, ClusterRun
from problems.models.problem import (
    KnownError,
    ListOrder,
    Problem,
    ProblemArticle,
    ProblemTicket,
)
from problems.models.regrouping import ClusterMerge, ClusterMove
from problems.models.reviews import (
    FollowUpFields,
    FollowUpQuerySet,
    ProblemAction,
    ProblemReview,
    ReviewWords,
)
from problems.models.tasks import ProblemTask
from problems.models.telling import Telling
from problems.models.versions import ProblemFieldVersion

__all__ = [
    "Cause",
    "Cluster",
    "ClusterConstraint",
    "ClusterMember",
    "ClusterMerge",
    "ClusterMove",
    "ClusterRun",
    "FollowUpFields",
    "FollowUpQuerySet",
    "KnownError",
    "ListOrder",
    "PartOfAnalysis",
    "Problem",
    "ProblemAction",
    "ProblemArticle",
    "ProblemFieldVersion",
    "ProblemReview",
    "ProblemTask",
    "ProblemTicket",
    "ReviewWords",
    "Telling",
    "TimelineEntry",
    "Why",
]
