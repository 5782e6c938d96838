"""Addresses of the request catalogue, of approvals and of plans."""

from django.urls import URLPattern, path

from fulfilment.views import approvals, arranging, catalogue, plans

app_name = "fulfilment"
urlpatterns: list[URLPattern] = [
    path("requests/", catalogue.catalogue, name="catalogue"),
    path("requests/<int:pk>/", catalogue.item, name="item"),
    path("approvals/", approvals.approvals, name="approvals"),
    path("approvals/<int:pk>/", approvals.approval, name="approval"),
    path("approvals/<int:pk>/files/<str:token>/", approvals.approval_file, name="approval_file"),
    path("approvals/<int:pk>/approve/", approvals.Approve.as_view(), name="approve"),
    path("approvals/<int:pk>/reject/", approvals.Reject.as_view(), name="reject"),
    path("approvals/<int:pk>/delegate/", approvals.Delegate.as_view(), name="delegate"),
    path("plan-tasks/", plans.plan_tasks, name="tasks"),
    path("plan-tasks/<int:pk>/complete/", plans.Complete.as_view(), name="complete_task"),
    path("plan-tasks/<int:pk>/take/", plans.Take.as_view(), name="take_task"),
    path("plan-tasks/<int:pk>/skip/", plans.Skip.as_view(), name="skip_task"),
    path("plan-tasks/<int:pk>/reopen/", plans.Reopen.as_view(), name="reopen_task"),
    path("admin/request-items/", arranging.items, name="items"),
    path("admin/request-items/new/", arranging.new_item, name="new_item"),
    path("admin/request-items/<int:pk>/", arranging.arrange_item, name="arrange_item"),
    path("admin/request-items/<int:pk>/new-step/", arranging.new_step, name="new_step"),
    path("admin/request-items/<int:pk>/new-task/", arranging.new_task, name="new_task"),
    path("admin/approval-rules/<int:pk>/", arranging.arrange_step, name="arrange_step"),
    path("admin/approval-rules/<int:pk>/move/", arranging.move_step, name="move_step"),
    path("admin/plan-rules/<int:pk>/", arranging.arrange_task, name="arrange_task"),
    path("admin/plan-rules/<int:pk>/move/", arranging.move_task, name="move_task"),
]
