"""What each tool may be told; the schema that assistants read is made from these."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from devlink.mcp.texts import clean, shortened

LARGEST_NUMBER = 2**53


def _cleaned(text: str) -> str:
    return clean(text).strip()


def _with_words(text: str) -> str:
    if not text:
        raise ValueError("write something")
    return text


Words = Annotated[str, AfterValidator(_cleaned)]
SomeWords = Annotated[str, AfterValidator(_cleaned), AfterValidator(_with_words)]
ComponentName = Annotated[
    Words, Field(max_length=120, description="Name or key of a component, such as “checkout”.")
]


class Arguments(BaseModel):
    """Nothing but what is named, and each of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class CauseQuery(Arguments):
    """Which causes to find."""

    component: ComponentName = ""
    words: Words = Field(
        default="", max_length=200, description="Words of the title, or a reference such as PRB-7."
    )
    state: Literal["open", "any"] = Field(
        default="open", description="“open”: without a verified fix; “any”: the past ones too."
    )
    limit: int = Field(default=10, ge=1, le=20, description="At most so many causes.")


class PackQuery(Arguments):
    """Which evidence pack to read."""

    reference: SomeWords = Field(
        max_length=60,
        description=(
            "Key of a work item (PAY-12), reference of a problem (PRB-7) or number of a pack (41). "
            "Of an item or a problem the newest pack is read."
        ),
    )


class AskQuery(Arguments):
    """How many asks and questions to list."""

    limit: int = Field(default=20, ge=1, le=50, description="At most so many of each.")


class SimilarQuery(Arguments):
    """What to compare with."""

    text: SomeWords = Field(
        max_length=20_000,
        description="The error as it was reported or logged. Its first line counts as the title.",
    )
    component: ComponentName = ""
    limit: int = Field(default=5, ge=1, le=10, description="At most so many tickets.")


class AnswerWords(Arguments):
    """The question and its answer."""

    question: int = Field(
        ge=1, le=LARGEST_NUMBER, description="Number of the question, from list_unanswered_asks."
    )
    answer: SomeWords = Field(max_length=20_000, description="The answer, in the person's name.")


def sentence_of(error: ValidationError) -> str:
    """What is wrong with the arguments, one short sentence for each fault."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    said = (
        f"“{shortened(clean('.'.join(map(str, one['loc']))), 40)}”: {one['msg']}."
        for one in faults[:5]
    )
    return " ".join(said)
