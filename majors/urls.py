"""Addresses of major incidents."""

from django.urls import path

from majors.views import lists, public, reviews, room, templates

app_name = "majors"
urlpatterns = [
    path("status/", public.status, name="status"),
    path("majors/", lists.majors, name="majors"),
    path("majors/<int:pk>/", room.major, name="major"),
    path("majors/<int:pk>/accept/", room.Accept.as_view(), name="accept"),
    path("majors/<int:pk>/reject/", room.Reject.as_view(), name="reject"),
    path("majors/<int:pk>/cancel/", room.Cancel.as_view(), name="cancel"),
    path("majors/<int:pk>/update/", room.Update.as_view(), name="update"),
    path("majors/<int:pk>/role/", room.GiveRole.as_view(), name="role"),
    path("majors/<int:pk>/note/", room.Note.as_view(), name="note"),
    path("majors/<int:pk>/reports/", room.AddReports.as_view(), name="reports"),
    path("majors/<int:pk>/component/", room.SetComponent.as_view(), name="component"),
    path("majors/<int:pk>/review/", reviews.WriteReview.as_view(), name="review"),
    path("majors/<int:pk>/publish/", reviews.PublishReview.as_view(), name="publish"),
    path("majors/<int:pk>/follow-up/", reviews.AddFollowUp.as_view(), name="add_follow_up"),
    path("tickets/<int:pk>/propose-major/", room.Propose.as_view(), name="propose"),
    path("follow-ups/", lists.follow_ups, name="follow_ups"),
    path("follow-ups/<int:pk>/", reviews.EditFollowUp.as_view(), name="follow_up"),
    path("follow-ups/<int:pk>/complete/", reviews.CompleteFollowUp.as_view(), name="complete"),
    path("follow-ups/<int:pk>/drop/", reviews.DropFollowUp.as_view(), name="drop"),
    path("follow-ups/<int:pk>/delete/", reviews.DeleteFollowUp.as_view(), name="delete"),
    path("follow-ups/<int:pk>/take-up/", reviews.TakeUpFollowUp.as_view(), name="take_up"),
    path("admin/major-texts/", templates.templates, name="templates"),
    path("admin/major-texts/edit/", templates.template, name="template"),
]
