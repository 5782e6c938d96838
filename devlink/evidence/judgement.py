"""How sure the pack may be of itself, and what would prove it wrong."""

from collections.abc import Mapping, Sequence

from problems.models import Cluster, Problem

FEW = 5
COHESIVE = 0.6


def confidence(
    cluster: Cluster | None, tickets: int, suspects: Sequence[Mapping[str, object]]
) -> dict[str, object]:
    """High, medium or low, with the reasons for and against."""
    pro: list[str] = []
    con: list[str] = []
    if cluster is not None and cluster.confirmed_at is not None:
        pro.append("a person confirmed that these tickets have one cause")
    else:
        con.append("nobody has confirmed that these tickets have one cause")
    if cluster is not None and cluster.cohesion >= COHESIVE:
        pro.append("the tickets are much alike")
    elif cluster is not None:
        con.append("the tickets are only loosely alike")
    if tickets < FEW:
        con.append(f"there are only {tickets} tickets")
    if suspects:
        pro.append("it was first seen shortly after a change")
    level = "high" if len(pro) >= 2 and not con else "low" if len(con) >= 2 else "medium"
    return {"level": level, "for": pro, "against": con}


def falsified_by(
    problem: Problem, weekly: Sequence[int], suspects: Sequence[Mapping[str, object]]
) -> list[str]:
    """Observations that would show this pack to be wrong."""
    rate = sum(weekly[-4:]) / 4
    found = [
        f"About {rate:.1f} tickets a week come in now; if they keep coming at this rate four "
        "weeks after the fix, this was not the cause."
    ]
    if suspects:
        found.append(
            f"If the same tickets turn up where {suspects[0]['reference']} was never rolled out, "
            "that change did not bring them."
        )
    if problem.workaround:
        found.append(
            "If the workaround helps people whose cause is known to be another one, the tickets "
            "are not one group."
        )
    found.append("If a sample of ten of these tickets shows two causes, the group must be split.")
    return found
