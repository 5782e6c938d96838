"""Addresses of the portal."""

from django.urls import path

from incidents.models import Kind
from incidents.portal import pages

portal_urls = [
    path("portal/", pages.portal, name="portal"),
    path("portal/report/", pages.report, {"kind": Kind.INCIDENT}, name="portal_report"),
    path("portal/request/", pages.report, {"kind": Kind.SERVICE_REQUEST}, name="portal_request"),
    path("portal/suggestions/", pages.suggestions, name="portal_suggestions"),
    path(
        "portal/suggestions/<int:pk>/<int:article>/", pages.opened, name="portal_suggestion_opened"
    ),
    path("portal/<int:pk>/", pages.portal_ticket, name="portal_ticket"),
    path("portal/<int:pk>/reply/", pages.ReplyStep.as_view(), name="portal_reply"),
    path("portal/<int:pk>/confirm/", pages.ConfirmStep.as_view(), name="portal_confirm"),
    path(
        "portal/<int:pk>/still-broken/",
        pages.StillBrokenStep.as_view(),
        name="portal_still_broken",
    ),
    path("portal/<int:pk>/reopen/", pages.ReopenStep.as_view(), name="portal_reopen"),
    path("portal/<int:pk>/withdraw/", pages.WithdrawStep.as_view(), name="portal_withdraw"),
    path("portal/<int:pk>/rate/", pages.RateStep.as_view(), name="portal_rate"),
]
