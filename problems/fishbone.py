"""The fishbone of a problem: its causes as a tree, branch by branch."""

from collections import defaultdict
from dataclasses import dataclass, field

from problems.evidence import Link, link_of
from problems.models import Cause, Problem
from problems.workflow import BRANCHES


@dataclass
class Twig:
    """A cause and those below it."""

    cause: Cause
    link: Link | None
    below: list["Twig"] = field(default_factory=list)


@dataclass(frozen=True)
class Bone:
    """One branch of the fishbone; `twigs` are its causes of the first level."""

    name: str
    label: str
    twigs: list[Twig]


def fishbone_of(problem: Problem) -> list[Bone]:
    """The branches that have causes, in the order of the table. One query."""
    below: dict[int | None, list[Cause]] = defaultdict(list)
    for cause in problem.causes.all():
        below[cause.parent_id].append(cause)

    def twigs(parent: int | None, branch: str) -> list[Twig]:
        return [
            Twig(one, link_of(one.evidence), twigs(one.pk, branch))
            for one in below[parent]
            if one.branch == branch
        ]

    bones = (Bone(name, label, twigs(None, name)) for name, label in BRANCHES)
    return [bone for bone in bones if bone.twigs]


def contributing(problem: Problem) -> list[Cause]:
    """What contributed to it, oldest first."""
    return list(problem.causes.filter(standing="contributing"))
