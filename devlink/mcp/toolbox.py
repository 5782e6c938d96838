"""The tools, each with what it is told, what it promises and what it does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from accounts.models import Person
from devlink.mcp.arguments import (
    AnswerWords,
    Arguments,
    AskQuery,
    CauseQuery,
    PackQuery,
    SimilarQuery,
)
from devlink.mcp.asks import answer, list_unanswered_asks
from devlink.mcp.causes import find_causes
from devlink.mcp.packs import read_evidence_pack
from devlink.mcp.similar import similar_tickets
from devlink.mcp.texts import Json

Asked = TypeVar("Asked", bound=Arguments)


@dataclass(frozen=True)
class Tool(Generic[Asked]):
    """One tool. `writes` when it changes something here; `takes` is checked before `run`."""

    name: str
    title: str
    description: str
    takes: type[Asked]
    run: Callable[[Person, Asked], Json]
    writes: bool = False

    def schema(self) -> dict[str, Any]:
        """The JSON schema of its arguments."""
        return self.takes.model_json_schema()

    def use(self, person: Person, arguments: Mapping[str, object]) -> Json:
        """Checks the arguments and does it; raises ValidationError or DomainError."""
        return self.run(person, self.takes.model_validate(dict(arguments)))


_ALL: tuple[Tool[Any], ...] = (
    Tool(
        "find_causes",
        "Find causes of tickets",
        "Problems and clusters of tickets by component and words: how many tickets, people and "
        "organisations they brought, the inflow week by week, what they cost the desk, and their "
        "state. The ones with the most tickets lately come first.",
        CauseQuery,
        find_causes,
    ),
    Tool(
        "read_evidence_pack",
        "Read an evidence pack",
        "What support knew about a problem when evidence was frozen: Markdown to read, and the "
        "sealed figures with version and SHA-256. By key of a work item, reference of a problem "
        "or number of a pack.",
        PackQuery,
        read_evidence_pack,
    ),
    Tool(
        "list_unanswered_asks",
        "List what waits for an answer",
        "Fixes that support asked for and nobody has decided about, and questions nobody has "
        "answered, with their age: for the person's own teams and components.",
        AskQuery,
        list_unanswered_asks,
    ),
    Tool(
        "similar_tickets",
        "Find similar tickets",
        "For an error text: similar tickets the person may read, with the reasons; how the solved "
        "ones were resolved; and known errors with their workaround.",
        SimilarQuery,
        similar_tickets,
    ),
    Tool(
        "answer_question",
        "Answer a question",
        "Answers a question that development asked support, in the person's own name. The answer "
        "is final and read by people: let the person confirm its words first.",
        AnswerWords,
        answer,
        writes=True,
    ),
)
TOOLS: Mapping[str, Tool[Any]] = {one.name: one for one in _ALL}
