"""The annotation guidelines in short, for the tools that show guidelines beside a task; made from `data/labels.toml`.

The long form, with the rulings and how to care for those who read, is `docs/annotation.md`.
"""

from collections.abc import Iterator

from detector.labels import taxonomy


def guidelines() -> str:
    """Markdown: the question, every label with what it is and is not, the look-alikes, and what to do in doubt."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "# What counts as an attack"
    yield ""
    yield (
        "Judge each post for **one** defender: the one who is marked, or whom the post answers. Does it attack this "
        "person or organisation, and how? Labels do not exclude one another. What is said about somebody else does not "
        "count. Where nobody is marked or answered, the question is whether it attacks anybody."
    )
    yield ""
    for card in taxonomy().cards.values():
        yield f"- **{card.title}**: {card.means} *Not:* {card.excludes}"
    yield ""
    yield "## It may only look like an attack"
    yield ""
    for look in taxonomy().not_attacks:
        yield f"- **{look.title}**: {look.means}"
    yield ""
    yield "## In doubt"
    yield ""
    yield "- `unsure` is a good answer. So is skipping a post, and so is leaving a label to others (`declined`)."
    yield "- An attack whose ways you cannot name: answer `attack` and tick nothing."
    yield "- Take breaks, stop when you want to, and talk to somebody. No post has to be read by you."
