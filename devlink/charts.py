"""The picture of a fix: incidents a week before the choice and after the release."""

from datetime import datetime

from devlink.fixing import history, weeks_since
from devlink.models import FixClaim

MOST_WEEKS = 26


def before_and_after(claim: FixClaim, *, now: datetime) -> dict[str, object]:
    """Data for the chart tag: the weeks up to the choice, then the weeks since the release.

    The dashed line is what would have come without the fix; the mark is the release.
    """
    weeks = min(weeks_since(claim, now), MOST_WEEKS)
    told = history(claim, weeks=weeks)
    labels = [f"−{len(told.before) - place}" for place in range(len(told.before))]
    labels += [f"+{place + 1}" for place in range(weeks)]
    calm = told.before[: -told.spike_weeks] or told.before
    usual = sum(calm) / max(len(calm), 1)
    return {
        "labels": labels,
        "series": [
            {"name": "Incidents a week", "values": [*told.before, *told.after], "look": "bars"},
            {
                "name": "Usual before the fix",
                "values": [round(usual, 1)] * len(labels),
                "look": "dashed",
            },
        ],
        "marks": [{"at": min(len(told.before), len(labels) - 1), "text": claim.release.version}],
        "unit": "incidents",
    }
