"""What follows when something happens to an article."""

from core.models import Event
from core.timeline import handles
from knowledge import notices
from knowledge.events import ARTICLE_FLAGGED, ARTICLE_VALIDATED, FEEDBACK_GIVEN
from knowledge.models import VALIDATED, Article


def _article(event: Event) -> Article:
    return Article.objects.select_related("owner").get(pk=event.subject_id)


@handles(ARTICLE_FLAGGED)
def tell_owner_of_flag(event: Event) -> None:
    """The owner hears what is wrong with the article."""
    article = _article(event)
    title = f"{article.reference} was flagged"
    notices.tell_owner(event, article, notices.DOUBTED.name, title, event.payload["reason"])


@handles(FEEDBACK_GIVEN)
def tell_owner_of_doubt(event: Event) -> None:
    """The owner hears that it did not help, unless the same doubt also flagged the article."""
    article = _article(event)
    if event.payload["helpful"] or article.confidence != VALIDATED:
        return
    title = f"{article.reference} did not help somebody"
    notices.tell_owner(event, article, notices.DOUBTED.name, title, event.payload["comment"])


@handles(ARTICLE_VALIDATED)
def tell_owner_of_validation(event: Event) -> None:
    """The owner hears that others rely on it now."""
    article = _article(event)
    title = f"{article.reference} is validated"
    notices.tell_owner(event, article, notices.VALIDATED.name, title)
