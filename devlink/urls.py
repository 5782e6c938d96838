"""Addresses of the pages of devlink."""

from django.urls import URLPattern

app_name = "devlink"
urlpatterns: list[URLPattern] = []
