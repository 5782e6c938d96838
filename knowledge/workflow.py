"""An article's confidence (KCS v6): from work in progress to validated, and to the archive."""

from core.workflow import State, Workflow, step

ARTICLE = Workflow(
    "article",
    [
        State("work_in_progress", "Work in Progress", "draft"),
        State("not_validated", "Not Validated", "usable"),
        State("validated", "Validated", "usable"),
        State("archived", "Archived", "closed"),
    ],
    [
        step("submit", "work_in_progress", "not_validated", "Submit for validation"),
        step("validate", ["work_in_progress", "not_validated"], "validated", "Validate"),
        step("flag", "validated", "not_validated", "Flag it"),
        step("archive", ["work_in_progress", "not_validated", "validated"], "archived", "Archive"),
        step("restore", "archived", "not_validated", "Restore"),
    ],
)
