"""Writes the card of an encoder bundle: its use, its limits, how it was made, from what, and how good it is."""

from collections.abc import Iterator, Mapping
from typing import Any

from detector.text.bundle import Manifest
from training.card import origins_table, private_notice
from training.encoder_recipe import EncoderRecipe

_USE = """\
Reads a short public post with one person or organisation marked in it and says how likely it attacks *them*, and how:
threat, incitement, doxxing, sexual abuse, hate, insult, smear. Without a mark it says whether the post attacks anybody.
It is the heart of hrd-detector: it puts likely attacks on human rights defenders before **people**, who decide.

Not for acting on anybody without a person's judgement, not for ranking persons, not for deciding what is true, and not
for watching people who did not ask to be watched over.
"""

_LIMITS = """\
- The posts about defenders that it learnt from are invented, by a language model, language by language; no native
  speaker has signed them off. Figures on them say how it does on such posts, not on your stream.
- It judges a post by itself, with at most the knowledge that it replies to the defender. Meaning that lies in a thread,
  a picture, a link or a date escapes it.
- It cannot know what is true: a smear is what is said without a source, whether or not it happens to be so.
- Veiled threats without a cue, irony, new code words and local history are missed more often than open abuse.
- Probabilities are calibrated to dev data in which attacks are far more common than in most streams.
- In a language that is not listed it answers from what languages share; that is said on every flag.
"""


def encoder_card(manifest: Manifest, recipe: EncoderRecipe) -> str:
    """The card as Markdown."""
    return "\n".join(_lines(manifest, recipe)) + "\n"


def _lines(manifest: Manifest, recipe: EncoderRecipe) -> Iterator[str]:
    yield f"# {manifest.name} {manifest.version}: a multilingual encoder that knows who is attacked, and how"
    yield from private_notice(recipe)
    yield from ("", "## What it is for", "", _USE, "## What it cannot do", "", _LIMITS)
    yield from ("## How it was made", "", *_method(recipe), "")
    yield from ("## Labels and thresholds", "", *_heads(manifest), "")
    yield from ("## Languages measured", "", ", ".join(manifest.languages) or "none", "")
    if manifest.figures:
        yield from ("## Figures", "", *_figures(manifest.figures), "")
    yield from ("## What it learnt from", "", *origins_table(manifest))


def _method(recipe: EncoderRecipe) -> Iterator[str]:
    yield "Base: multilingual-e5-small (Wang et al. 2024, MIT), embeddings frozen, fine-tuned in stages:"
    yield ""
    yield "| stage | posts shown | of them from the defender corpus | peak learning rate | layers frozen |"
    yield "|--:|--:|--:|--:|--:|"
    for number, stage in enumerate(recipe.stages, 1):
        yield f"| {number} | {stage.posts} | {stage.corpus:.0%} | {stage.rate:g} | {stage.frozen} |"
    yield ""
    yield f"Packed to {recipe.vocabulary:,} pieces at 4 bits a weight and matrices at 8 bits; calibrated as packed."


def _heads(manifest: Manifest) -> Iterator[str]:
    yield "| label | threshold, anybody | threshold, the marked defender |"
    yield "|---|--:|--:|"
    for name in dict.fromkeys((*manifest.heads, *manifest.target)):
        cells = [f"{heads[name].threshold:.3f}" if name in heads else "" for heads in (manifest.heads, manifest.target)]
        yield f"| {name} | {cells[0]} | {cells[1]} |"


def _figures(tables: Mapping[str, Any]) -> Iterator[str]:
    """Each table under its name: row names, then columns; what a row lacks is left blank."""
    for title, rows in tables.items():
        columns = list(dict.fromkeys(column for row in rows.values() for column in row))
        yield from (
            f"### {title[0].upper()}{title[1:]}",
            "",
            f"| | {' | '.join(columns)} |",
            f"|---|{'--:|' * len(columns)}",
        )
        yield from (
            f"| {name} | {' | '.join(str(row.get(column, '')) for column in columns)} |" for name, row in rows.items()
        )
        yield ""
