"""Builders of teams and components."""

from typing import Any

from accounts.models import Team
from accounts.roles import Side
from catalogue.models import Component, Service


def make_team(name: str, side: str = Side.SUPPORT, *, restricted: bool = False) -> Team:
    """A team."""
    return Team.objects.create(name=name, side=side, restricted=restricted)


def make_component(service: Service, name: str, **fields: Any) -> Component:
    """A component of a service."""
    return Component.objects.create(service=service, name=name, key=name.lower(), **fields)
