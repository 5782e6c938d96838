"""Addresses of the pages of notifications."""

from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/read/", views.read_all, name="read_all"),
    path("notifications/<int:pk>/read/", views.read, name="read"),
    path("admin/mail/", views.outgoing_mail, name="mail"),
    path("admin/mail/<int:pk>/retry/", views.retry, name="retry"),
]
