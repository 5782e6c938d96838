"""Writing, improving, validating and doubting articles."""

from typing import Any

import pytest

from core.errors import DomainError, EditConflict, NotPermitted, TransitionNotAllowed
from core.models import Event
from knowledge.actions import (
    archive_article,
    flag_article,
    give_feedback,
    restore_article,
    revise_article,
    submit_article,
    validate_article,
    write_article,
)
from knowledge.models import Article, Feedback
from knowledge.permissions import allowed_steps, may
from knowledge.workflow import ARTICLE
from tests.conftest import Cast


def write(cast: Cast, **fields: Any) -> Article:
    """An article by ann unless said otherwise."""
    given = {
        "actor": cast.ann,
        "title": "Card declined at checkout",
        "issue": "The bank never sees the request.",
        "resolution": "Pay by invoice.",
        **fields,
    }
    return write_article(**given)


def names_of_events(article: Article) -> list[str]:
    """What the log says about an article, in order."""
    events = Event.objects.about(article).order_by("id")
    return [name.removeprefix("knowledge.") for name in events.values_list("name", flat=True)]


def test_a_new_article_is_work_in_progress_with_its_first_revision(cast: Cast) -> None:
    article = write(cast, components=[cast.checkout], title="  Card   declined ")
    revision = article.revisions.get()
    assert article.confidence == "work_in_progress"
    assert article.title == "Card declined"
    assert article.owner == cast.ann
    assert list(article.components.all()) == [cast.checkout]
    assert (revision.number, revision.author, revision.author_side) == (1, cast.ann, "support")
    assert names_of_events(article) == ["article_written"]


@pytest.mark.parametrize("field", ["title", "issue"])
def test_an_article_needs_a_title_and_an_issue(cast: Cast, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        write(cast, **{field: "  "})
    assert refused.value.field == field


def test_a_requester_may_not_write(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        write(cast, actor=cast.rob)


def test_new_words_make_a_revision_that_says_whose_side_wrote_it(cast: Cast) -> None:
    article = revise_article(
        write(cast), actor=cast.dev, cause="The callback lost its identifier.", note="Cause found"
    )
    newest = article.revisions.first()
    assert article.revision_number == 2
    assert (newest.number, newest.author_side, newest.note) == (2, "development", "Cause found")
    assert newest.cause == article.cause == "The callback lost its identifier."
    assert article.revisions.last().cause == ""


def test_changing_only_the_audience_makes_no_revision(cast: Cast) -> None:
    article = revise_article(write(cast), actor=cast.ann, audience="development")
    assert article.audience == "development"
    assert article.revisions.count() == 1
    assert names_of_events(article) == ["article_written", "article_revised"]
    assert Event.objects.about(article).last().payload["words_changed"] is False


def test_components_alone_can_be_changed(cast: Cast) -> None:
    article = revise_article(
        write(cast, components=[cast.checkout]), actor=cast.ann, components=[cast.invoices]
    )
    assert list(article.components.all()) == [cast.invoices]
    assert article.version == 2


def test_saving_the_same_words_changes_nothing(cast: Cast) -> None:
    article = write(cast, components=[cast.checkout])
    again = revise_article(article, actor=cast.ann, title=article.title, components=[cast.checkout])
    assert again.version == article.version
    assert names_of_events(article) == ["article_written"]


def test_two_writers_do_not_overwrite_each_other(cast: Cast) -> None:
    article = write(cast)
    revise_article(article, actor=cast.ann, version=article.version, cause="First.")
    with pytest.raises(EditConflict):
        revise_article(article, actor=cast.dev, version=article.version, cause="Second.")
    assert Article.objects.get().cause == "First."


def test_an_article_is_submitted_with_a_resolution(cast: Cast) -> None:
    article = write(cast, resolution="")
    with pytest.raises(DomainError) as refused:
        submit_article(article, actor=cast.ann)
    assert refused.value.field == "resolution"
    submitted = submit_article(
        revise_article(article, actor=cast.ann, resolution="Wait."), actor=cast.ann
    )
    assert submitted.confidence == "not_validated"


def test_a_contributor_validates_for_the_house(cast: Cast) -> None:
    article = validate_article(submit_article(write(cast), actor=cast.ann), actor=cast.pia)
    assert article.confidence == "validated"
    assert article.validated_at is not None


def test_a_candidate_may_not_validate(cast: Cast) -> None:
    article = submit_article(write(cast), actor=cast.ann)
    with pytest.raises(NotPermitted):
        validate_article(article, actor=cast.rel)


@pytest.mark.parametrize("owner", ["ann", "dev"])
def test_an_owner_of_the_component_on_either_side_validates(cast: Cast, owner: str) -> None:
    article = write(cast, components=[cast.checkout])
    assert validate_article(article, actor=cast.everyone[owner]).confidence == "validated"


def test_only_a_publisher_validates_what_customers_read(cast: Cast) -> None:
    article = write(cast, components=[cast.checkout], audience="requesters")
    with pytest.raises(NotPermitted) as refused:
        validate_article(article, actor=cast.ann)
    assert "Publisher" in refused.value.message
    assert validate_article(article, actor=cast.pia).confidence == "validated"


def test_a_validated_article_is_opened_to_customers_by_a_publisher_only(cast: Cast) -> None:
    article = validate_article(write(cast, components=[cast.checkout]), actor=cast.ann)
    with pytest.raises(NotPermitted) as refused:
        revise_article(article, actor=cast.ann, audience="public")
    assert refused.value.field == "audience"
    assert revise_article(article, actor=cast.pia, audience="public").audience == "public"


def test_what_customers_read_is_changed_by_a_publisher_only(cast: Cast) -> None:
    article = validate_article(write(cast, audience="requesters"), actor=cast.pia)
    with pytest.raises(NotPermitted):
        revise_article(article, actor=cast.ann, resolution="Something else.")


def test_the_support_owner_changes_what_customers_read_without_review(cast: Cast) -> None:
    words = {"components": [cast.checkout], "audience": "requesters"}
    article = validate_article(write(cast, **words), actor=cast.pia)
    changed = revise_article(article, actor=cast.ann, resolution="Use the other door.")
    assert (changed.resolution, changed.confidence) == ("Use the other door.", "validated")
    with pytest.raises(NotPermitted):
        revise_article(article, actor=cast.dev, resolution="Development owns it, not its words.")


def test_compliance_based_articles_are_a_publishers(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        write(cast, governance="compliance_based")
    article = write(cast, actor=cast.pia, governance="compliance_based")
    with pytest.raises(NotPermitted):
        revise_article(article, actor=cast.ann, cause="Guess.")
    with pytest.raises(NotPermitted):
        revise_article(write(cast), actor=cast.ann, governance="compliance_based")


def test_flagging_sends_a_validated_article_back_with_the_reason(cast: Cast) -> None:
    article = validate_article(write(cast), actor=cast.pia)
    flagged = flag_article(article, actor=cast.dev, reason="Step 2 is gone since 4.18")
    assert flagged.confidence == "not_validated"
    assert Event.objects.about(article).last().payload == {"reason": "Step 2 is gone since 4.18"}
    with pytest.raises(TransitionNotAllowed):
        flag_article(article, actor=cast.dev, reason="Again")


def test_a_flag_needs_a_reason(cast: Cast) -> None:
    article = validate_article(write(cast), actor=cast.pia)
    with pytest.raises(DomainError):
        flag_article(article, actor=cast.dev, reason=" ")
    with pytest.raises(DomainError):
        give_feedback(article, actor=cast.dev, helpful=False)


def test_a_requesters_doubt_is_kept_but_takes_nothing_away(cast: Cast) -> None:
    article = validate_article(write(cast, audience="requesters"), actor=cast.pia)
    give_feedback(article, actor=cast.rob, helpful=False, comment="Did not work for me")
    assert Article.objects.get().confidence == "validated"
    feedback = Feedback.objects.get()
    assert (feedback.side, feedback.comment) == ("other", "Did not work for me")


def test_a_doubt_of_staff_flags_the_article(cast: Cast) -> None:
    article = validate_article(write(cast), actor=cast.pia)
    give_feedback(article, actor=cast.dev, helpful=False, comment="Wrong since 4.18")
    assert Article.objects.get().confidence == "not_validated"
    assert names_of_events(article)[-2:] == ["feedback_given", "article_flagged"]


def test_a_later_verdict_replaces_the_earlier_one(cast: Cast) -> None:
    article = write(cast)
    give_feedback(article, actor=cast.dev, helpful=False, comment="Unclear")
    give_feedback(article, actor=cast.dev, helpful=True)
    assert [(one.helpful, one.comment) for one in Feedback.objects.all()] == [(True, "")]


def test_the_archive_is_left_again_unvalidated(cast: Cast) -> None:
    article = validate_article(write(cast), actor=cast.pia)
    archived = archive_article(article, actor=cast.pia, reason="Fixed in 4.19")
    assert archived.confidence == "archived"
    with pytest.raises(NotPermitted):
        revise_article(archived, actor=cast.pia, cause="None.")
    assert restore_article(archived, actor=cast.pia).confidence == "not_validated"


def test_somebody_elses_article_is_not_archived_by_a_candidate(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        archive_article(write(cast), actor=cast.rel)


@pytest.mark.parametrize(
    ("who", "audience", "confidence", "seen"),
    [
        ("rob", "requesters", "validated", True),
        ("stan", "public", "validated", True),
        ("rob", "requesters", "not_validated", False),
        ("rob", "internal", "validated", False),
        ("rob", "team", "validated", False),
        ("dev", "internal", "not_validated", True),
        ("dev", "development", "not_validated", True),
        ("dev", "team", "validated", False),
        ("ann", "team", "not_validated", True),
        ("mo", "development", "not_validated", True),
    ],
)
def test_who_reads_what(
    cast: Cast, who: str, audience: str, confidence: str, *, seen: bool
) -> None:
    article = write(cast, actor=cast.pia, audience=audience)
    Article.objects.update(confidence=confidence)
    visible = Article.objects.visible_to(cast.everyone[who])
    assert visible.filter(pk=article.pk).exists() is seen


def test_revisions_and_feedback_follow_their_article(cast: Cast) -> None:
    article = write(cast, audience="team")
    give_feedback(article, actor=cast.ann, helpful=True)
    assert article.revisions.visible_to(cast.ann).count() == 1
    assert article.revisions.visible_to(cast.dev).count() == 0
    assert article.revisions.visible_to(cast.rob).count() == 0
    assert article.feedback.visible_to(cast.pia).count() == 1
    assert article.feedback.visible_to(cast.dev).count() == 0


def test_buttons_are_those_the_action_allows(cast: Cast) -> None:
    article = submit_article(write(cast), actor=cast.ann)
    assert [step.name for step in allowed_steps(cast.pia, article)] == ["validate", "archive"]
    assert [step.name for step in allowed_steps(cast.rel, article)] == []
    assert not may(cast.rob, "revise", article)


def test_search_finds_words_and_references(cast: Cast) -> None:
    article = write(cast)
    write(cast, title="Something else", issue="Quite different.")
    assert list(Article.objects.search("declined cards")) == [article]
    assert list(Article.objects.search(article.reference.lower())) == [article]
    assert list(Article.objects.search("INC-1")) == []


def test_every_state_can_be_reached() -> None:
    assert ARTICLE.unreachable() == set()
