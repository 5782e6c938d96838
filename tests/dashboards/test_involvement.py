"""The Involvement page: bars beside the study, what support missed, and asking to join."""

from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from accounts.models import Person
from devlink.measures import DEFINITIONS
from devlink.models import InvolvementEvent, JoinRequest, Sprint
from tests.conftest import Cast

AsUser = Callable[[Person], Client]
MISSED = "/proactivity/prioritised/?met=no"


def _sprints(cast: Cast, many: int, met: int) -> None:
    now = timezone.now()
    for number in range(many):
        sprint = Sprint.objects.create(
            name=f"Sprint {number}",
            team=cast.payments_team,
            state="active",
            planning_at=now,
            starts_on=now.date(),
            ends_on=now.date(),
            started_at=now - timedelta(days=1),
        )
        if number < met:
            InvolvementEvent.objects.create(
                sprint=sprint,
                stage="prioritization",
                kind="voted",
                actor_side="support",
                at=now - timedelta(days=2),
                by_system=number > 0,
            )


def test_each_bar_has_its_study_line_and_opens_what_support_missed(
    cast: Cast, as_user: AsUser
) -> None:
    _sprints(cast, 8, 2)
    answer = as_user(cast.mo).get("/involvement/")
    text = answer.content.decode()
    assert text.count('class="share-bar"') == len(DEFINITIONS)
    assert 'aria-label="Sprints support helped prioritise: 25 %, study 22 %"' in text
    assert f'{MISSED}">6 without support' in text
    assert answer.context["share"].seen == 1
    assert "1 rests on somebody" in text


def test_a_rate_on_too_few_is_hidden_but_not_its_records(cast: Cast, as_user: AsUser) -> None:
    _sprints(cast, 4, 1)
    text = as_user(cast.mo).get("/involvement/").content.decode()
    assert "1 of 4 sprints · study 22 % · hidden, fewer than 5 sprints" in text
    assert "Sprints support helped prioritise: hidden, too few, study 22 %" in text


def test_the_list_of_missed_ones_asks_once_to_join_the_next(cast: Cast, as_user: AsUser) -> None:
    _sprints(cast, 2, 1)
    browser = as_user(cast.pia)
    before = browser.get(MISSED).content.decode()
    assert before.count("Ask to join the next one") == 1
    missed = Sprint.objects.get(name="Sprint 1")
    answer = browser.post(f"/sprints/{missed.pk}/join-next/", {"back": MISSED}, follow=True)
    assert answer.redirect_chain == [(MISSED, 302)]
    after = answer.content.decode()
    assert "Service desk asked" in after
    assert "Ask to join the next one" not in after
    assert JoinRequest.objects.get().sprint == missed


def test_nothing_is_offered_where_nothing_can_be_joined(cast: Cast, as_user: AsUser) -> None:
    for key in ("articles", "changes", "satisfied"):
        text = as_user(cast.mo).get(f"/proactivity/{key}/").content.decode()
        assert "Next one" not in text
