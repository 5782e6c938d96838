"""Addresses of the portal."""

from django.urls import path

from incidents.models import Kind
from incidents.portal import copies, pages, steps

portal_urls = [
    path("portal/", pages.portal, name="portal"),
    path("portal/report/", pages.report, {"kind": Kind.INCIDENT}, name="portal_report"),
    path("portal/request/", pages.report, {"kind": Kind.SERVICE_REQUEST}, name="portal_request"),
    path("portal/suggestions/", pages.suggestions, name="portal_suggestions"),
    path(
        "portal/suggestions/<int:pk>/<int:article>/", pages.opened, name="portal_suggestion_opened"
    ),
    path(
        "portal/suggestions/<int:pk>/workaround/",
        pages.workaround_opened,
        name="portal_workaround_opened",
    ),
    path("portal/colleagues/", copies.colleagues, name="portal_colleagues"),
    path("portal/<int:pk>/copy/", copies.CopyStep.as_view(), name="portal_copy"),
    path("portal/<int:pk>/end-copy/", copies.EndCopyStep.as_view(), name="portal_end_copy"),
    path("portal/<int:pk>/", pages.portal_ticket, name="portal_ticket"),
    path("portal/<int:pk>/reply/", steps.ReplyStep.as_view(), name="portal_reply"),
    path("portal/<int:pk>/confirm/", steps.ConfirmStep.as_view(), name="portal_confirm"),
    path(
        "portal/<int:pk>/still-broken/",
        steps.StillBrokenStep.as_view(),
        name="portal_still_broken",
    ),
    path("portal/<int:pk>/reopen/", steps.ReopenStep.as_view(), name="portal_reopen"),
    path("portal/<int:pk>/withdraw/", steps.WithdrawStep.as_view(), name="portal_withdraw"),
    path("portal/<int:pk>/rate/", steps.RateStep.as_view(), name="portal_rate"),
]
