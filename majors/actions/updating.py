"""Telling people how it stands, each audience in its own words."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.given import one_of
from core.timeline import record
from incidents.variables import unknown_variables
from majors import events
from majors.actions._keeping import locked, require_accepted, words
from majors.models import AffectedComponent, MajorIncident, StatusUpdate, UpdateTemplate, UpdateText
from majors.permissions import require
from majors.texts import variables_for
from majors.workflow import AUDIENCES, STATUS, statuses_from


@transaction.atomic
def post_update(
    major: MajorIncident,
    *,
    actor: Person,
    status: str,
    texts: Mapping[str, str],
    next_update_due_at: datetime | None = None,
    at: datetime | None = None,
) -> StatusUpdate:
    """Posts an update with a text for at least one audience; `texts` maps audience to text.

    An update that says “resolved” restores every affected component and promises no further
    update; any other needs the instant of the next one, later than now.
    """
    major = locked(major)
    require(actor, "update", major)
    require_accepted(major)
    one_of(status, statuses_from(major.status), "status")
    written = _written(texts)
    at = at or timezone.now()
    over = status in {"resolved", "postmortem"}
    if not over and (next_update_due_at is None or next_update_due_at <= at):
        raise DomainError("Say when the next update comes.", field="next_update_due_at")
    promised = None if over else next_update_due_at
    update = StatusUpdate.objects.create(
        major=major, status=status, author=actor, posted_at=at, next_update_due_at=promised
    )
    UpdateText.objects.bulk_create(
        [
            UpdateText(update=update, audience=audience, body=body)
            for audience, body in written.items()
        ]
    )
    _move(major, status, actor, promised, at)
    record(
        events.UPDATE_POSTED, major, actor=actor, at=at,
        status=STATUS.label(status),
        audiences=", ".join(
            label.lower() for name, label in AUDIENCES if name in written
        ),
        update_id=update.pk,
    )  # fmt: skip
    return update


def _written(texts: Mapping[str, str]) -> dict[str, str]:
    written: dict[str, str] = {}
    for audience, body in texts.items():
        one_of(audience, AUDIENCES, "texts")
        if clean := words(body, audience, most=5_000):
            written[audience] = clean
    if not written:
        raise DomainError("Write a text for at least one audience.", field="internal")
    return written


def _move(
    major: MajorIncident, status: str, actor: Person, promised: datetime | None, at: datetime
) -> None:
    before, major.status = major.status, status
    major.next_update_due_at = promised
    if status == "resolved" and before != "resolved":
        major.restored_at = at
        AffectedComponent.objects.filter(major=major).exclude(status="operational").update(
            status="operational", changed_at=at
        )
        record(events.MAJOR_RESTORED, major, actor=actor, at=at)
    elif status == "investigating" and before == "resolved":
        major.restored_at = None
    major.save(update_fields=["status", "next_update_due_at", "restored_at"])


@transaction.atomic
def remind_of_update(major: MajorIncident, *, at: datetime) -> bool:
    """Records once for each promise that it was not kept; False when there is nothing to say."""
    major = locked(major)
    due = major.next_update_due_at
    if not major.is_active or due is None or due >= at or major.reminded_for == due:
        return False
    major.reminded_for = due
    major.save(update_fields=["reminded_for"])
    record(events.UPDATE_OVERDUE, major, actor=None, at=at, due_at=due.isoformat())
    return True


@transaction.atomic
def write_template(*, actor: Person, audience: str, status: str, body: str) -> UpdateTemplate:
    """Writes the text that updates of this status begin with for this audience; empty for none."""
    require(actor, "templates")
    one_of(audience, AUDIENCES, "audience")
    one_of(status, STATUS.choices, "status")
    body = words(body, "body", most=5_000)
    known = variables_for(audience)
    if unknown := unknown_variables(body, known):
        there = ", ".join(f"{{{{{name}}}}}" for name in known)
        raise DomainError(
            f"“{unknown[0]}” is no variable of texts for this audience; there are {there}.",
            field="body",
        )
    template, _ = UpdateTemplate.objects.update_or_create(
        audience=audience, status=status, defaults={"body": body}
    )
    return template
