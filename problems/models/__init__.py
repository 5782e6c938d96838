"""Tables of the problems app, one subject a file."""

from problems.models.cluster import Cluster, ClusterConstraint, ClusterMember, ClusterRun
from problems.models.problem import KnownError, Problem, ProblemTicket
from problems.models.regrouping import ClusterMerge, ClusterMove

__all__ = [
    "Cluster",
    "ClusterConstraint",
    "ClusterMember",
    "ClusterMerge",
    "ClusterMove",
    "ClusterRun",
    "KnownError",
    "Problem",
    "ProblemTicket",
]
