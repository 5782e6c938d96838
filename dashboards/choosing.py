"""What the reader of a dashboard chose: a period and a service."""

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from catalogue.models import Service
from core.requests import SignedInRequest
from dashboards.forms import PeriodForm
from dashboards.permissions import READERS
from dashboards.proactivity import PERIODS, Period

DEFAULT_DAYS = 90


def chosen(
    request: SignedInRequest,
    *,
    periods: Mapping[int, str] = PERIODS,
    usual: int = DEFAULT_DAYS,
    readers: frozenset[str] = READERS,
) -> tuple[PeriodForm, Period, Service | None]:
    """The form and what it says, for those who read the page: `readers` are their roles.

    Nonsense falls back to the usual period of all services.
    """
    if not request.user.has_role(readers):
        raise PermissionDenied
    given = request.GET.copy()
    # So that the list of periods shows the one the page is drawn for.
    given.setdefault("days", str(usual))
    form = PeriodForm(given, services=Service.objects.visible_to(request.user), periods=periods)
    form.is_valid()
    days = form.cleaned_data.get("days") or usual
    return form, Period.last(days, timezone.now().date()), form.cleaned_data.get("service")
