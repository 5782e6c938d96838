"""Addresses of the pages of knowledge."""

from django.urls import URLPattern, path

from knowledge import views

app_name = "knowledge"
urlpatterns: list[URLPattern] = [
    path("knowledge/", views.articles, name="articles"),
    path("knowledge/new/", views.new, name="new"),
    path("knowledge/preview/", views.preview, name="preview"),
    path("knowledge/<int:pk>/", views.article, name="article"),
    path("knowledge/<int:pk>/edit/", views.edit, name="edit"),
    path("knowledge/<int:pk>/feedback/", views.feedback, name="feedback"),
    path("knowledge/<int:pk>/history/", views.history, name="history"),
    path("knowledge/<int:pk>/history/<int:number>/", views.history, name="revision"),
    path("knowledge/<int:pk>/submit/", views.Submit.as_view(), name="submit"),
    path("knowledge/<int:pk>/validate/", views.Validate.as_view(), name="validate"),
    path("knowledge/<int:pk>/flag/", views.Flag.as_view(), name="flag"),
    path("knowledge/<int:pk>/archive/", views.Archive.as_view(), name="archive"),
    path("knowledge/<int:pk>/restore/", views.Restore.as_view(), name="restore"),
]
