"""A few tickets in the customers' words, with everything personal taken out."""

from collections.abc import Iterable, Sequence

from analysis.redaction import redact
from analysis.text import without_mail_noise
from incidents.models import Message, Ticket
from problems.models import Cluster, ClusterMember

MOST = 5
LONGEST = 280


def excerpts(cluster: Cluster | None, ticket_ids: Sequence[int]) -> list[dict[str, object]]:
    """Three to five representative tickets, redacted; fewer only where there are fewer."""
    chosen = _chosen(cluster, ticket_ids)
    tickets = Ticket.objects.filter(pk__in=chosen).select_related("requester", "assignee")
    by_id = {ticket.pk: ticket for ticket in tickets}
    names = names_in(by_id.values())
    return [
        {
            "reference": by_id[pk].reference,
            "ticket_id": pk,
            "title": redact(by_id[pk].title, names[pk]),
            "text": _shortened(redact(_own_words(by_id[pk]), names[pk])),
        }
        for pk in chosen
        if pk in by_id
    ]


def redacted_words(ticket: Ticket) -> tuple[str, str]:
    """Title and beginning of one ticket, redacted."""
    names = names_in([ticket])[ticket.pk]
    return redact(ticket.title, names), _shortened(redact(_own_words(ticket), names))


def _chosen(cluster: Cluster | None, ticket_ids: Sequence[int]) -> list[int]:
    """The representatives of the cluster, then its surest members, then the newest tickets."""
    known = set(ticket_ids)
    ranked: list[int] = []
    if cluster is not None:
        members = ClusterMember.objects.filter(cluster=cluster).order_by(
            "-is_representative", "-confidence", "ticket_id"
        )
        # A few more than needed: some may be restricted and not in the pack.
        ranked = list(members.values_list("ticket_id", flat=True)[: MOST * 10])
    candidates = [pk for pk in (*ranked, *reversed(ticket_ids)) if pk in known]
    return list(dict.fromkeys(candidates))[:MOST]


def names_in(tickets: Iterable[Ticket]) -> dict[int, set[str]]:
    """Everybody known to be involved in each ticket; two queries.

    The tickets come with their requester and assignee.
    """
    names: dict[int, set[str]] = {}
    for ticket in tickets:
        names[ticket.pk] = {ticket.requester.name}
        if ticket.assignee is not None:
            names[ticket.pk].add(ticket.assignee.name)
    affected = Ticket.affected_users.through._default_manager.filter(ticket_id__in=names)
    authors = Message.objects.filter(ticket_id__in=names, author__isnull=False).order_by()
    for pk, name in (
        *affected.values_list("ticket_id", "person__name"),
        *authors.values_list("ticket_id", "author__name").distinct(),
    ):
        names[pk].add(name)
    return names


def _own_words(ticket: Ticket) -> str:
    return " ".join(without_mail_noise(ticket.description or ticket.title).split())


def _shortened(text: str) -> str:
    """At most 280 characters, cut between words."""
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
