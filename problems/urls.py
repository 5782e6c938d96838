"""Addresses of the pages of problems."""

from django.urls import URLPattern, path

from problems.views import clusters, deciding, moves, problems, quality, runs, telling

app_name = "problems"
urlpatterns: list[URLPattern] = [
    path("clusters/", clusters.clusters, name="clusters"),
    path("clusters/run/", runs.run_again, name="run_again"),
    path("clusters/moved/", moves.moved, name="moved"),
    path("clusters/quality/", quality.quality_page, name="quality"),
    path("clusters/quality/<slug:key>/", quality.quality_records, name="quality_records"),
    path("clusters/runs/", runs.runs, name="runs"),
    path("clusters/runs/<int:pk>/", runs.run, name="run"),
    path("clusters/runs/<int:pk>/progress/", runs.run_progress, name="run_progress"),
    path("clusters/runs/<int:pk>/cancel/", runs.cancel_run, name="cancel_run"),
    path("clusters/<int:pk>/", clusters.cluster, name="cluster"),
    path("clusters/<int:pk>/confirm/", deciding.ConfirmView.as_view(), name="confirm_cluster"),
    path("clusters/<int:pk>/rename/", deciding.RenameView.as_view(), name="rename_cluster"),
    path("clusters/<int:pk>/lock/", deciding.LockView.as_view(), name="lock_cluster"),
    path("clusters/<int:pk>/unlock/", deciding.UnlockView.as_view(), name="unlock_cluster"),
    path("clusters/<int:pk>/dismiss/", deciding.DismissView.as_view(), name="dismiss_cluster"),
    path("clusters/<int:pk>/restore/", deciding.RestoreView.as_view(), name="restore_cluster"),
    path("clusters/<int:pk>/merge/", deciding.MergeView.as_view(), name="merge_cluster"),
    path("clusters/<int:pk>/split/", deciding.SplitView.as_view(), name="split_cluster"),
    path("clusters/<int:pk>/undo-merge/", deciding.UndoMergeView.as_view(), name="undo_merge"),
    path("clusters/<int:pk>/take-back/", deciding.WithdrawWordView.as_view(), name="withdraw_word"),
    path(
        "clusters/<int:pk>/open-problem/",
        deciding.OpenProblemView.as_view(),
        name="open_problem_from_cluster",
    ),
    path(
        "clusters/<int:pk>/add-to-problem/",
        deciding.AddToProblemView.as_view(),
        name="add_cluster_to_problem",
    ),
    path("clusters/<int:pk>/add-ticket/", deciding.AddTicketView.as_view(), name="add_member"),
    path(
        "clusters/<int:pk>/members/<int:ticket_pk>/remove/",
        deciding.remove_ticket,
        name="remove_member",
    ),
    path("problems/", problems.problems, name="problems"),
    path("problems/new/", problems.new_problem, name="new"),
    path("problems/<int:pk>/", problems.problem, name="problem"),
    path("problems/<int:pk>/edit/", problems.EditView.as_view(), name="edit"),
    path("problems/<int:pk>/assess/", problems.AssessView.as_view(), name="assess"),
    path("problems/<int:pk>/analyse/", problems.AnalyseView.as_view(), name="analyse"),
    path(
        "problems/<int:pk>/record-known-error/",
        problems.RecordKnownErrorView.as_view(),
        name="record_known_error",
    ),
    path("problems/<int:pk>/start-fix/", problems.StartFixView.as_view(), name="start_fix"),
    path("problems/<int:pk>/resolve/", problems.ResolveView.as_view(), name="resolve"),
    path("problems/<int:pk>/reopen/", problems.ReopenView.as_view(), name="reopen"),
    path("problems/<int:pk>/close/", problems.CloseView.as_view(), name="close"),
    path("problems/<int:pk>/link-ticket/", problems.LinkTicketView.as_view(), name="link_ticket"),
    path(
        "problems/<int:pk>/link-cluster-tickets/",
        problems.LinkClusterTicketsView.as_view(),
        name="link_cluster_tickets",
    ),
    path("problems/<int:pk>/tell/", telling.tell, name="tell"),
    path(
        "problems/<int:pk>/tickets/<int:ticket_pk>/unlink/",
        problems.unlink_ticket,
        name="unlink_ticket",
    ),
    path(
        "problems/<int:pk>/tickets/<int:ticket_pk>/send-workaround/",
        telling.send_workaround,
        name="send_workaround",
    ),
    path(
        "problems/<int:pk>/known-error/",
        problems.EditKnownErrorView.as_view(),
        name="edit_known_error",
    ),
    path(
        "problems/<int:pk>/verify-workaround/",
        problems.VerifyWorkaroundView.as_view(),
        name="verify_workaround",
    ),
]
