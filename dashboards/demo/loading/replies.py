"""Texts the desk uses again and again."""

from accounts.models import Person, Team
from accounts.roles import Role
from incidents.models import CannedReply

_EVERYBODY = (
    (
        "Ask for details",
        "Hello {{requester.first_name}},\n\nthank you for {{ticket.reference}}. To find the cause "
        "we need two more things:\n\n- when it happened last\n- what the page said, best as a "
        "picture\n\nKind regards\n{{agent.name}}",
    ),
    (
        "With development",
        "Hello {{requester.first_name}},\n\nthe cause is in {{ticket.component}}, and development "
        "works on it. You will hear from us as soon as a fix is there; nothing is closed before "
        "you have tried it.\n\nKind regards\n{{agent.name}}",
    ),
    (
        "Please check again",
        "Hello {{requester.first_name}},\n\nplease try it once more. If it still happens, answer "
        "here: the ticket opens again by itself.\n\nKind regards\n{{agent.name}}",
    ),
)
_TEAM = ("Handover", "Tried so far:\n\n1. \n\nNext step: \n\nTold the requester: ")


def load_canned_replies() -> None:
    """Three texts for everybody and one for the first support team."""
    lead = Person.objects.with_role(Role.TEAM_LEAD, Role.MANAGER, Role.ADMIN).order_by("pk")[0]
    team = Team.objects.filter(side="support").order_by("pk").first()
    rows = [
        CannedReply(title=title, body=body, scope=CannedReply.Scope.GLOBAL, owner=lead)
        for title, body in _EVERYBODY
    ]
    if team is not None:
        title, body = _TEAM
        scope = CannedReply.Scope.TEAM
        rows.append(CannedReply(title=title, body=body, scope=scope, team=team, owner=lead))
    CannedReply.objects.bulk_create(rows)
