"""Writes a model's card: what it is for, what it cannot do, what it learnt from, how good it was on the test part."""

from collections.abc import Iterator

from detector.domain import Label
from detector.text.bundle import HOSTILITY, Manifest
from training.cards import PRIVATE, RESEARCH
from training.evaluate import Evaluation, summary_table, table
from training.recipe import Recipe, Tiered

_USE = """\
Scores short public posts for attacks on a person or organisation, so that **people** can look at the likeliest first.
It is the floor of hrd-detector: small, fast, without torch, a fallback for better models and the baseline they must
beat.

Not for acting on anybody without a person's judgement, not for ranking persons, and not for deciding what is true.
"""

_LIMITS = """\
- **It cannot see direction.** The marked defender's name is blanked, so that no name moves a score; the rest is
  judged as a whole. A passage that praises the defender and insults a minister scores as an insult. Direction is left
  to other cues.
- It knows spelling, not meaning: quoting, reporting, condemning or mocking an attack looks like the attack; irony,
  veiled threats and polite smears are mostly missed.
- Words of identity can raise a score: the data sets hold more abuse than everyday talk about some groups.
- No data set is about human rights defenders, and the sets disagree about what counts as what. "Any label flagged" on
  inoffensive rows is the figure nearest to what reviewers will feel.
- Probabilities are calibrated to the dev rows, where attacks are far more common than in most streams: read them as
  an order.
- In a language that is not listed the model answers from loan words and names at best. A label of which few languages
  are listed as the only ones is *unscored* elsewhere.
- A text written without spaces is one long word to it; the marked stretch is then an estimate.
"""


def card(manifest: Manifest, recipe: Recipe, evaluation: Evaluation) -> str:
    """The card as Markdown: averages that count every language the same, then every slice with its counts."""
    return "\n".join(_lines(manifest, recipe, evaluation)) + "\n"


def _lines(manifest: Manifest, recipe: Recipe, evaluation: Evaluation) -> Iterator[str]:
    yield f"# {manifest.name} {manifest.version}: a linear model over character n-grams"
    yield from private_notice(recipe)
    yield from ("", "## What it is for", "", _USE, "## What it cannot do", "", _LIMITS)
    yield from ("## Labels", "", *_labels(manifest), "", *_unscored(manifest), "")
    yield from ("## How it was trained", "", _method(recipe), "")
    yield from (
        "## On the test part",
        "",
        *_explained(recipe),
        "",
        "Averages over languages with at least 25 rows of both classes:",
        "",
    )
    yield from (*summary_table(evaluation), "")
    for by, title in (("all", "All rows"), ("language", "By language"), ("set", "By data set")):
        yield from (f"### {title}", "", *table([one for one in evaluation.figures if one.by == by]), "")
    yield from ("## What it learnt from", "", *origins_table(manifest))


def private_notice(recipe: Tiered) -> Iterator[str]:
    """What stands at the top of the card of a model that may have learnt from the research tier; else nothing."""
    if recipe.tier == RESEARCH:
        yield from (
            "",
            f"**{PRIVATE[0].upper()}{PRIVATE[1:]}.** It learnt from data sets whose licences do not let a model be",
        )
        yield "passed on, or do not say."


def _labels(manifest: Manifest) -> Iterator[str]:
    yield "| label | threshold | measured in | elsewhere |"
    yield "|---|--:|---|---|"
    for name, head in manifest.heads.items():
        elsewhere = "unscored" if head.only else "scored, uncovered"
        yield f"| {name} | {head.threshold:.3f} | {', '.join(head.languages) or 'no language'} | {elsewhere} |"


def _unscored(manifest: Manifest) -> Iterator[str]:
    for name, reason in manifest.unscored.items():
        yield f"- {name}: unscored; {reason}."
    if HOSTILITY in manifest.heads:
        yield f'- {HOSTILITY} is no label: it is the model\'s answer to "offensive to anybody at all?".'


def _method(recipe: Recipe) -> str:
    features, fit, hints = recipe.features, recipe.fit, recipe.hints
    return (
        f"Normalised text; n-grams of {features.shortest} to {features.longest} characters within words, and whole "
        f"words, hashed to 2^{features.bits} columns; handles and links are one symbol each. Logistic regression by "
        f"Adagrad ({fit.epochs} passes, rate {fit.rate}), a label that nobody annotated teaching nothing. Languages "
        f"are weighted by size to the power {fit.temperature}. Each data set in each language has an intercept of its "
        "own, which is forgotten: how it was collected is not learnt. Sets that show only one class of a label in a "
        f"language teach nothing about it there. Where {Label.INSULT.value} is not annotated, an inoffensive row "
        f"counts {hints.inoffensive} as no insult and an offensive row counts {hints.offensive} as one. Weights are "
        "stored in 8 bits."
    )


def _explained(recipe: Recipe) -> Iterator[str]:
    rate = recipe.thresholds.false_flag_rate
    yield "Thresholds were set on the dev part: the best F1 of each label, raised until at most"
    yield f"{rate:.0%} of the inoffensive rows have any label flagged, averaged over languages. `any` holds"
    yield '"some label is flagged" against `offensive`: its false flags are the ones that reach a person.'
    yield "False flags are the share of rows without the label that are flagged."


def origins_table(manifest: Manifest) -> Iterator[str]:
    """What a model learnt from, as a Markdown table."""
    yield "| data set | rows | licence as stated | citation | from |"
    yield "|---|--:|---|---|---|"
    for one in manifest.origins:
        cells = (one.name, str(one.rows), one.licence, one.citation, one.repository)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
