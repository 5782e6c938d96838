"""One call of a tool: may the person, are the arguments right, what came of it, and its record."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from pydantic import ValidationError

from accounts.models import Person
from core.errors import DomainError
from devlink.actions import note_assistant_call
from devlink.mcp.arguments import sentence_of
from devlink.mcp.texts import Json, clean, in_few_words, shortened
from devlink.mcp.toolbox import TOOLS, Tool
from devlink.permissions import may, require

logger = logging.getLogger(__name__)

MOST_ANSWERED = 200_000
LONGEST_SENTENCE = 400
FAULT = "This did not work because of a fault on the server; it is in its log."


@dataclass(frozen=True)
class Reply:
    """What came of a call: the content of one that was done, else a sentence that says why not."""

    outcome: str
    content: Json | None = None
    sentence: str = ""

    @property
    def text(self) -> str:
        """The content as JSON, or the sentence."""
        if self.content is None:
            return self.sentence
        return json.dumps(self.content, ensure_ascii=False)


def tools_for(person: Person) -> list[Tool[Any]]:
    """The tools this person's assistant is offered; none for requesters."""
    return list(TOOLS.values()) if may(person, "use_an_assistant") else []


def call_tool(person: Person, name: str, arguments: Mapping[str, object]) -> Reply:
    """Uses one tool with the person's rights and writes the call down, however it ended."""
    began = monotonic()
    reply = _attempt(person, name, arguments)
    note_assistant_call(
        actor=person,
        tool=shortened(clean(name), 60),
        arguments=in_few_words(arguments),
        outcome=reply.outcome,
        said=shortened(reply.sentence, LONGEST_SENTENCE),
        milliseconds=round((monotonic() - began) * 1000),
    )
    return reply


def _attempt(person: Person, name: str, arguments: Mapping[str, object]) -> Reply:
    try:
        require(person, "use_an_assistant")
        return _within_limits(_tool(name).use(person, arguments))
    except ValidationError as error:
        return Reply("refused", sentence=sentence_of(error))
    except DomainError as error:
        return Reply("refused", sentence=error.message)
    except Exception:
        # The assistant must hear of it and the server go on; the log has the whole story.
        logger.exception("assistant.failed", extra={"tool": name})
        return Reply("failed", sentence=FAULT)


def _tool(name: str) -> Tool[Any]:
    found = TOOLS.get(name)
    if found is None:
        raise DomainError(f"There is no tool “{shortened(clean(name), 60)}”.")
    return found


def _within_limits(content: Json) -> Reply:
    reply = Reply("done", content)
    if len(reply.text) > MOST_ANSWERED:
        raise DomainError("The answer would be too long; ask for less at once.")
    return reply
