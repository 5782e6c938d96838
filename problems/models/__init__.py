"""Tables of the problems app, one subject a file."""

from problems.models.cluster import Cluster, ClusterConstraint, ClusterMember, ClusterRun
from problems.models.problem import KnownError, Problem, ProblemTicket

__all__ = [
    "Cluster",
    "ClusterConstraint",
    "ClusterMember",
    "ClusterRun",
    "KnownError",
    "Problem",
    "ProblemTicket",
]
