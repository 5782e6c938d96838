"""Addresses of the dashboards."""

from django.urls import path

from dashboards import views
from dashboards.involvement.urls import urlpatterns as involvement

app_name = "dashboards"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search_page, name="search"),
    path("search/palette/", views.palette, name="palette"),
    path("search/help/", views.search_help, name="search_help"),
    path("admin/", views.administration, name="admin"),
    path("proactivity/", views.proactivity, name="proactivity"),
    path("proactivity/<slug:key>/", views.measure_page, name="measure"),
    *involvement,
    path("loop/", views.loop, name="loop"),
    path("loop/<slug:key>/", views.loop_figure, name="loop_figure"),
    path("healthz/", views.healthy, name="healthy"),
]
