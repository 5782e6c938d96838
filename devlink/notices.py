"""What people are told about development work."""

from notifications.kinds import declare

ASK_MADE = declare("devlink.ask_made", "Support asks for a fix", icon="hand")
ASK_ANSWERED = declare("devlink.ask_answered", "Development answered", icon="check-check")
QUESTION_ASKED = declare(
    "devlink.question_asked", "Development asks support", icon="circle-question-mark"
)
QUESTION_ANSWERED = declare(
    "devlink.question_answered", "Support answered", icon="message-square-reply"
)
READINESS_DUE = declare("devlink.readiness_due", "A release waits for support", icon="list-checks")
SUPPORT_TOLD = declare("devlink.support_told", "A release is coming", icon="rocket")
JOIN_ASKED = declare("devlink.join_asked", "Support wants to take part", icon="hand")
RELEASE_DEPLOYED = declare("devlink.release_deployed", "A release is live", icon="rocket")
FIX_SHIPPED = declare("devlink.fix_shipped", "A fix for you is live", icon="sprout")
FIX_JUDGED = declare("devlink.fix_judged", "Did the fix work?", icon="chart-line")
FIX_REGRESSED = declare("devlink.fix_regressed", "A fix no longer holds", icon="triangle-alert")
OWNED_WORK = declare("devlink.owned_work", "Work on a component of yours", icon="map")
FIX_DOUBTED = declare("devlink.fix_doubted", "A fix does not help somebody", icon="triangle-alert")
TRACKER_DISABLED = declare("devlink.tracker_disabled", "A tracker was disabled", icon="unplug")
