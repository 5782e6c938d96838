"""Addresses of the pages of devlink."""

from django.urls import path

from devlink.mcp.http import endpoint
from devlink.views import (
    asks,
    assistants,
    backlog,
    chains,
    home,
    inbox,
    influence,
    involvement,
    loop,
    outbound,
    ownership,
    releases,
    sprints,
    trackers,
    webhooks,
    work,
)

app_name = "devlink"

_RELEASE_STEPS = ("build", "test", "check_readiness", "approve", "close", "withdraw")

urlpatterns = [
    path("mcp/", endpoint, name="mcp"),
    path("assistants/calls/", assistants.calls, name="assistant_calls"),
    path("development/", home.home, name="home"),
    path("pulse/", home.pulse, name="pulse"),
    path("involvement/ledger/", involvement.ledger, name="ledger"),
    *[
        address
        for place, name, record, join in (
            (
                "sprints",
                "sprint",
                involvement.RecordForSprint,
                involvement.JoinAfterSprint,
            ),
            (
                "work-items",
                "work_item",
                involvement.RecordForWorkItem,
                involvement.JoinAfterWorkItem,
            ),
            (
                "releases",
                "release",
                involvement.RecordForRelease,
                involvement.JoinAfterRelease,
            ),
        )
        for address in (
            path(f"{place}/<int:pk>/involvement/", record.as_view(), name=f"record_{name}"),
            path(f"{place}/<int:pk>/join-next/", join.as_view(), name=f"join_after_{name}"),
        )
    ],
    path("ownership/", ownership.owners, name="ownership"),
    path("ownership/<int:pk>/", ownership.acts, name="ownership_acts"),
    path("chains/", chains.chains, name="chains"),
    path("chains/<int:pk>/", chains.chain, name="chain"),
    path("influence/", influence.index, name="influence"),
    path("influence/card/", influence.card, name="influence_card"),
    path("influence/<slug:key>/", influence.part_records, name="influence_part"),
    path("portfolio/", influence.portfolio, name="portfolio"),
    path("sprints/", sprints.sprints, name="sprints"),
    path("sprints/new/", sprints.new_sprint, name="new_sprint"),
    path("sprints/<int:pk>/", sprints.sprint, name="sprint"),
    path("sprints/<int:pk>/edit/", sprints.EditSprint.as_view(), name="edit_sprint"),
    path("sprints/<int:pk>/start/", sprints.StartSprint.as_view(), name="start_sprint"),
    path("sprints/<int:pk>/close/", sprints.CloseSprint.as_view(), name="close_sprint"),
    path("sprints/<int:pk>/ask/", sprints.AskInSprint.as_view(), name="ask_in_sprint"),
    path("asks/", inbox.waiting, name="asks"),
    path("asks/declined/", inbox.declined, name="declined"),
    path("asks/measures/", inbox.measures, name="ask_measures"),
    path("asks/measures/<slug:key>/", inbox.measure, name="ask_measure"),
    path("asks/new/<int:pk>/", asks.AskForProblem.as_view(), name="ask_for_problem"),
    path("asks/<int:pk>/decide/", asks.DecideAsk.as_view(), name="decide_ask"),
    path("asks/<int:pk>/question/", asks.QuestionAsk.as_view(), name="question_ask"),
    path("asks/<int:pk>/again/", asks.RepeatAsk.as_view(), name="repeat_ask"),
    path("questions/<int:pk>/answer/", asks.AnswerQuestion.as_view(), name="answer_question"),
    path("packs/new/<int:pk>/", asks.BuildPack.as_view(), name="build_pack"),
    path("packs/<int:pk>/", asks.pack, name="pack"),
    path("packs/<int:pk>/markdown/", asks.pack_as_markdown, name="pack_markdown"),
    path("questions/", inbox.questions, name="questions"),
    path("work-items/<int:pk>/question/", asks.AskAboutWork.as_view(), name="ask_about_work"),
    path("backlog/", backlog.backlog, name="backlog"),
    path("backlog/plan/", backlog.plan, name="plan_backlog"),
    path("requirements/", work.requirements, name="requirements"),
    path("work-items/new/", work.new_work_item, name="new_work_item"),
    path("problems/<int:pk>/link-work-item/", work.LinkToProblem.as_view(), name="link_to_problem"),
    path("work-items/<int:pk>/", work.work_item, name="work_item"),
    path("work-items/<int:pk>/unlink/", work.UnlinkWork.as_view(), name="unlink_work"),
    path("work-items/<int:pk>/told/", loop.work_told, name="work_told"),
    path("work-items/<int:pk>/edit/", work.EditWork.as_view(), name="edit_work"),
    path("work-items/<int:pk>/comment/", work.CommentOnWork.as_view(), name="comment_work"),
    path("work-items/<int:pk>/attach/", work.AttachEvidence.as_view(), name="attach_evidence"),
    path("evidence/<int:pk>/detach/", work.DetachEvidence.as_view(), name="detach_evidence"),
    path("work-items/<int:pk>/plan/", work.PlanWork.as_view(), name="plan_work"),
    path("work-items/<int:pk>/commit/", work.CommitWork.as_view(), name="work_commit"),
    path("work-items/<int:pk>/start/", work.StartWork.as_view(), name="work_start"),
    path("work-items/<int:pk>/finish/", work.FinishWork.as_view(), name="work_finish"),
    path("work-items/<int:pk>/put-back/", work.PutBackWork.as_view(), name="work_put_back"),
    path("work-items/<int:pk>/reopen/", work.ReopenWork.as_view(), name="work_reopen"),
    path("work-items/<int:pk>/cancel/", work.CancelWork.as_view(), name="work_cancel"),
    path(
        "work-items/<int:pk>/send-to-tracker/",
        outbound.SendToTracker.as_view(),
        name="send_to_tracker",
    ),
    path(
        "problems/<int:pk>/create-in-tracker/",
        outbound.CreateInTracker.as_view(),
        name="create_in_tracker",
    ),
    path("admin/trackers/", trackers.trackers, name="trackers"),
    path("admin/trackers/new/", trackers.new_tracker, name="new_tracker"),
    path("admin/trackers/<int:pk>/", trackers.tracker, name="tracker"),
    path("admin/trackers/<int:pk>/edit/", trackers.EditTracker.as_view(), name="edit_tracker"),
    path("admin/trackers/<int:pk>/check/", trackers.check_tracker, name="check_tracker"),
    path("admin/trackers/<int:pk>/secret/", trackers.change_secret, name="change_tracker_secret"),
    path(
        "admin/trackers/<int:pk>/disable/",
        trackers.DisableTracker.as_view(),
        name="disable_tracker",
    ),
    path(
        "admin/trackers/<int:pk>/enable/", trackers.EnableTracker.as_view(), name="enable_tracker"
    ),
    path("webhooks/trackers/<uuid:public_id>/", webhooks.tracker_webhook, name="tracker_webhook"),
    path(
        "webhooks/deployments/<uuid:public_id>/",
        webhooks.deployment_webhook,
        name="deployment_webhook",
    ),
    path("releases/", releases.releases, name="releases"),
    path("releases/new/", releases.new_release, name="new_release"),
    path("releases/<int:pk>/", releases.release, name="release"),
    path("releases/<int:pk>/edit/", releases.EditRelease.as_view(), name="edit_release"),
    path("releases/<int:pk>/add/", releases.AddToRelease.as_view(), name="add_to_release"),
    path(
        "releases/<int:pk>/remove/",
        releases.RemoveFromRelease.as_view(),
        name="remove_from_release",
    ),
    path("releases/<int:pk>/sign/", releases.SignReadiness.as_view(), name="sign_release"),
    path("releases/<int:pk>/tell/", releases.TellSupport.as_view(), name="tell_support"),
    path("releases/<int:pk>/deploy/", releases.DeployRelease.as_view(), name="release_deploy"),
    path(
        "releases/<int:pk>/deployed/",
        releases.FinishDeployment.as_view(),
        name="release_finish_deployment",
    ),
    path("releases/<int:pk>/failed/", releases.FailDeployment.as_view(), name="release_failed"),
    *[
        path(
            f"releases/<int:pk>/{step.replace('_', '-')}/",
            releases.AdvanceRelease.as_view(step=step),
            name=f"release_{step}",
        )
        for step in _RELEASE_STEPS
    ],
    path("readiness/<int:pk>/meet/", releases.MeetCriterion.as_view(), name="meet_criterion"),
    path("readiness/<int:pk>/waive/", releases.WaiveCriterion.as_view(), name="waive_criterion"),
    path("readiness/<int:pk>/reopen/", releases.ReopenCriterion.as_view(), name="reopen_criterion"),
]
