"""Addresses of the involvement pages, part of those of the dashboards."""

from django.urls import path

from dashboards.involvement import views

urlpatterns = [
    path("involvement/", views.involvement, name="involvement"),
    path("involvement/lead-times/", views.lead_times_page, name="lead_times"),
    path("involvement/difference/", views.difference_page, name="difference"),
    path("releases/<int:pk>/after/", views.after_release, name="after_release"),
]
