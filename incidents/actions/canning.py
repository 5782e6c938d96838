"""Texts that are used again and again."""

from django.db import transaction
from django.utils import timezone

from accounts.models import Person, Team
from core.errors import DomainError, EditConflict
from core.given import one_of
from core.timeline import record
from incidents.actions._keeping import words
from incidents.events import REPLY_CANNED, REPLY_DROPPED
from incidents.models import CannedReply
from incidents.permissions import require_canning
from incidents.variables import unknown_variables

MOST_TITLE = 120
MOST_BODY = 20_000


def _checked(title: str, body: str, scope: str, team: Team | None) -> tuple[str, str, Team | None]:
    title = words(title, "title", most=MOST_TITLE, needed="Give it a name to find it by.")
    body = words(body, "body", most=MOST_BODY, needed="Write the text.")
    unknown = unknown_variables(body)
    if unknown:
        listed = ", ".join("{{" + name + "}}" for name in dict.fromkeys(unknown))
        raise DomainError(f"There is no variable {listed}.", field="body")
    one_of(scope, CannedReply.Scope.choices, "scope")
    if scope == CannedReply.Scope.TEAM and team is None:
        raise DomainError("Choose the team.", field="team")
    return title, body, team if scope == CannedReply.Scope.TEAM else None


@transaction.atomic
def can_reply(
    *,
    actor: Person,
    title: str,
    body: str,
    scope: str = CannedReply.Scope.PERSONAL,
    team: Team | None = None,
) -> CannedReply:
    """Keeps a text for oneself, a team of one's own, or everybody (who leads may)."""
    title, body, team = _checked(title, body, scope, team)
    require_canning(actor, scope, team)
    reply = CannedReply.objects.create(title=title, body=body, scope=scope, team=team, owner=actor)
    record(REPLY_CANNED, reply, actor=actor, title=title)
    return reply


@transaction.atomic
def change_canned_reply(
    reply: CannedReply,
    *,
    actor: Person,
    version: int,
    title: str,
    body: str,
    scope: str,
    team: Team | None = None,
) -> CannedReply:
    """Changes the version the editor has read; EditConflict when there is a newer one."""
    reply = CannedReply.objects.select_for_update().get(pk=reply.pk)
    require_canning(actor, reply.scope, reply.team, owner_id=reply.owner_id)
    title, body, team = _checked(title, body, scope, team)
    require_canning(actor, scope, team, owner_id=reply.owner_id)
    if version != reply.version:
        raise EditConflict(
            "Somebody changed this text while you were writing. Yours is kept here; save again "
            "to use it.",
            field="body",
            version=reply.version,
        )
    reply.title, reply.body, reply.scope, reply.team = title, body, scope, team
    reply.version += 1
    reply.updated_at = timezone.now()
    reply.save()
    record(REPLY_CANNED, reply, actor=actor, title=title)
    return reply


@transaction.atomic
def drop_canned_reply(reply: CannedReply, *, actor: Person) -> CannedReply:
    """Deletes it; messages written with it stay as they are."""
    reply = CannedReply.objects.select_for_update().get(pk=reply.pk)
    require_canning(actor, reply.scope, reply.team, owner_id=reply.owner_id)
    record(REPLY_DROPPED, reply, actor=actor, title=reply.title)
    CannedReply.objects.filter(pk=reply.pk).delete()
    return reply
