"""Addresses of the pages of catalogue."""

from django.urls import URLPattern, path

from catalogue import views

app_name = "catalogue"
urlpatterns: list[URLPattern] = [
    path("services/", views.services, name="services"),
    path("services/<int:pk>/", views.service, name="service"),
    path("components/<int:pk>/", views.component, name="component"),
]
