"""What a person may read of a pack: figures all, words of tickets only those they may see."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from accounts.models import Person, Team
from devlink.models import EvidencePack
from incidents.models import Ticket

Content = Mapping[str, Any]


def excerpted(packs: Iterable[EvidencePack]) -> set[int]:
    """The tickets these packs quote."""
    return {one["ticket_id"] for pack in packs for one in pack.content.get("excerpts", [])}


def readable_tickets(person: Person, packs: Iterable[EvidencePack]) -> set[int]:
    """Those of the quoted tickets the person may see now; one query."""
    seen = Ticket.objects.visible_to(person).filter(pk__in=excerpted(packs))
    return set(seen.values_list("pk", flat=True))


def shared_with(team: Team, pack: EvidencePack) -> set[int]:
    """Those of the quoted tickets that everybody of a development team may see; one query."""
    shown = Ticket.objects.filter(pk__in=excerpted([pack]), shares__team=team)
    return set(shown.exclude(team__restricted=True).values_list("pk", flat=True))


def readable_content(pack: EvidencePack, readable: Collection[int]) -> Content:
    """The pack's content with the excerpts of other tickets kept back, and how many they are.

    The very content, as it was sealed, when none is.
    """
    quoted = pack.content.get("excerpts", [])
    shown = [one for one in quoted if one["ticket_id"] in readable]
    if len(shown) == len(quoted):
        content: Content = pack.content
        return content
    return {**pack.content, "excerpts": shown, "kept_back": len(quoted) - len(shown)}


def kept_back(content: Content) -> int:
    """How many excerpts were."""
    return int(content.get("kept_back", 0))
