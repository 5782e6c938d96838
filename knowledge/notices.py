"""What people are told about articles."""

from core.models import Event
from knowledge.models import Article
from notifications.actions import notify
from notifications.kinds import declare

DOUBTED = declare("knowledge.doubted", "Articles in doubt", icon="flag")
VALIDATED = declare("knowledge.validated", "Articles validated", icon="badge-check", mailed=False)


def tell_owner(event: Event, article: Article, kind: str, title: str, body: str = "") -> None:
    """Tells an article's owner what happened to it, unless they did it or may not see it."""
    owner = article.owner
    if owner.pk == event.actor_id:
        return
    if not Article.objects.visible_to(owner).filter(pk=article.pk).exists():
        return
    notify(
        owner,
        kind=kind,
        title=title,
        body=body or article.title,
        url=article.get_absolute_url(),
        once_key=f"event:{event.pk}",
    )
