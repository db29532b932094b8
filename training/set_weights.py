"""How far each public data set is believed: chosen on its dev rows, not by taste.

A network that was fitted on all sets together is asked about dev rows of each. A set on which it stays near chance has
labels that are noisy, or mean by the same words something else than every other set does: its rows count less in the
stages that follow. (The idea of weighting sources by how well a joint model agrees with them goes back to truth
inference, Dawid and Skene 1979; here a set is the annotator.)
"""

from collections.abc import Mapping
from pathlib import Path
from random import Random

import msgspec
import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer

from detector.domain import Passage
from detector.text.marking import marked
from training.examples import Examples
from training.figures import area_under_curve
from training.fit_network import encoded, precision
from training.network import Network

MOST_ROWS = 150
"""Dev rows of a set that are asked about; a random sample where there are more."""

FEWEST = 10
"""Rows of either class without which a label says nothing about a set."""

BELIEVED = 0.85
"""Area under the curve from which on a set counts in full; from there the weight falls in a straight line."""

LEAST = 0.2
"""What a set at or below chance still counts: its texts are real, and some of its labels right."""

BATCH = 64


def set_weights(network: Network, tokenizer: Tokenizer, dev: Examples, *, longest: int) -> dict[str, float]:
    """The weight of every set with enough dev rows, `LEAST` to 1; others are left out.

    Args:
        network: Fitted on the sets' train rows. Left in the mode that it was in.
        tokenizer: Its own.
        dev: Dev rows of the sets.
        longest: Tokens a text.
    """
    found = {}
    rows_of: dict[str, list[int]] = {}
    for row, name in enumerate(dev.sets):
        rows_of.setdefault(name, []).append(row)
    for name, rows in sorted(rows_of.items()):
        chosen = Random(name).sample(rows, min(MOST_ROWS, len(rows)))  # noqa: S311 - a sample
        raw = _asked(network, tokenizer, [dev.texts[row] for row in chosen], longest)
        area = _mean_area(raw, dev.labels[chosen])
        if area is not None:
            found[name] = round(min(1.0, max(LEAST, (area - 0.5) / (BELIEVED - 0.5))), 2)
    return found


def kept_weights(path: Path) -> Mapping[str, float] | None:
    """Weights that an earlier run wrote, so that one that goes on uses the same; None where there are none."""
    return msgspec.json.decode(path.read_bytes(), type=dict[str, float]) if path.is_file() else None


def _asked(network: Network, tokenizer: Tokenizer, texts: list[str], longest: int) -> npt.NDArray[np.float64]:
    """Raw scores of the heads for anybody, shape (texts, heads)."""
    device = network.marks.device
    was, found = network.training, []
    network.eval()
    with torch.no_grad(), precision(device):
        for start in range(0, len(texts), BATCH):
            batch = [marked(Passage(text=text)) for text in texts[start : start + BATCH]]
            found.append(network(*encoded(tokenizer, batch, longest=longest, device=device))[0].float().cpu().numpy())
    network.train(was)
    return np.concatenate(found).astype(np.float64)


def _mean_area(raw: npt.NDArray[np.float64], marks: npt.NDArray[np.int8]) -> float | None:
    areas = []
    for column in range(marks.shape[1]):
        known, truth = marks[:, column] >= 0, marks[:, column] == 1
        if min(truth[known].sum(), (~truth[known]).sum()) >= FEWEST:
            areas.append(area_under_curve(truth[known], raw[known, column]))
    return float(np.mean(areas)) if areas else None
