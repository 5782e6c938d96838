"""Every address of the product; apps own what is below their line."""

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from helpdesk.api import router

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/", include((router.urls, "api"))),
    path("", include("accounts.urls")),
    path("", include("notifications.urls")),
    path("", include("catalogue.urls")),
    path("", include("knowledge.urls")),
    path("", include("incidents.urls")),
    path("", include("rules.urls")),
    path("", include("fulfilment.urls")),
    path("", include("problems.urls")),
    path("", include("changes.urls")),
    path("", include("majors.urls")),
    path("", include("devlink.urls")),
    path("", include("dashboards.urls")),
]
