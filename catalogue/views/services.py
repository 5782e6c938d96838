"""Pages of what is supported: services, and the components that change."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from catalogue.models import Component, Service
from core.boxes import draw_boxes
from core.requests import SignedInRequest


@require_safe
def services(request: SignedInRequest) -> HttpResponse:
    """Every service with its components and who owns them on either side."""
    rows = Service.objects.visible_to(request.user).select_related(
        "support_team", "support_owner", "development_owner"
    )
    found = rows.prefetch_related("components")
    return render(request, "catalogue/services.html", {"services": found})


@require_safe
def service(request: SignedInRequest, pk: int) -> HttpResponse:
    """One service and its components."""
    rows = Service.objects.visible_to(request.user)
    record = get_object_or_404(
        rows.select_related("support_team", "support_owner", "development_owner"), pk=pk
    )
    components = Component.objects.visible_to(request.user).filter(service=record)
    context = {
        "service": record,
        "components": components.select_related("support_owner", "development_owner"),
        "main_boxes": draw_boxes(request, record, "main"),
        "boxes": draw_boxes(request, record, "context"),
    }
    return render(request, "catalogue/service.html", context)


@require_safe
def component(request: SignedInRequest, pk: int) -> HttpResponse:
    """One component: its owners, and what other parts of the product know about it."""
    rows = Component.objects.visible_to(request.user)
    record = get_object_or_404(
        rows.select_related(
            "service", "support_team", "development_team", "support_owner", "development_owner"
        ),
        pk=pk,
    )
    context = {
        "component": record,
        "main_boxes": draw_boxes(request, record, "main"),
        "boxes": draw_boxes(request, record, "context"),
    }
    return render(request, "catalogue/component.html", context)
