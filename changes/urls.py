"""Addresses of the pages of changes."""

from django.urls import path

from changes import views

app_name = "changes"
urlpatterns = [
    path("changes/", views.changes, name="changes"),
    path("changes/new/", views.new, name="new"),
    path("changes/<int:pk>/", views.change, name="change"),
    path("changes/<int:pk>/edit/", views.edit, name="edit"),
    path("changes/<int:pk>/unlink-problem/", views.unlink_problem, name="unlink_problem"),
    path("problems/<int:pk>/link-change/", views.link_change, name="link_change"),
    path("changes/<int:pk>/judge/", views.judge, name="judge"),
    path("changes/<int:pk>/link-tickets/", views.LinkTicketsStep.as_view(), name="link_tickets"),
    path("changes/<int:pk>/tickets/<int:ticket_pk>/unlink/", views.unlink, name="unlink_ticket"),
    path("changes/<int:pk>/submit/", views.SubmitStep.as_view(), name="submit"),
    path("changes/<int:pk>/assess/", views.AssessStep.as_view(), name="assess"),
    path(
        "changes/<int:pk>/request-authorisation/",
        views.RequestAuthorisationStep.as_view(),
        name="request_authorisation",
    ),
    path("changes/<int:pk>/authorise/", views.AuthoriseStep.as_view(), name="authorise"),
    path(
        "changes/<int:pk>/schedule-standard/",
        views.ScheduleStandardStep.as_view(),
        name="schedule_standard",
    ),
    path("changes/<int:pk>/expedite/", views.ExpediteStep.as_view(), name="expedite"),
    path("changes/<int:pk>/reject/", views.RejectStep.as_view(), name="reject"),
    path("changes/<int:pk>/implement/", views.ImplementStep.as_view(), name="implement"),
    path("changes/<int:pk>/review/", views.ReviewStep.as_view(), name="review"),
    path("changes/<int:pk>/close/", views.CloseStep.as_view(), name="close"),
    path("changes/<int:pk>/cancel/", views.CancelStep.as_view(), name="cancel"),
]
