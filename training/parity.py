"""What packing costs: a bundle's 8-bit graph beside the same network in fp32, decision by decision.

Both answer under the same calibration and thresholds, on the same rows, so that every difference is packing's.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from detector.domain import Passage
from detector.text.bundle import CARD, Bundle, save_bundle
from detector.text.calibrate import Truths
from detector.text.encoder import GRAPH, TOKENIZER, EncoderModel
from training.answers import Answers, ask
from training.figures import macro_f1


def parity(
    model: EncoderModel, bundle: Bundle, exact: bytes, passages: Sequence[Passage], attacks: Truths
) -> dict[str, float]:
    """Figures for a manifest.

    Args:
        model: Packed and calibrated.
        bundle: What it was loaded from.
        exact: The same graph in fp32, from `training.export.exported(..., exact=True)`.
        passages: What both are asked.
        attacks: The truth, for the macro F1 of either, shape (passages,).

    Returns:
        Shares (0-1) of equal yes-or-no answers, over all labels and over posts, and the macro F1 that packing costs.
    """
    with TemporaryDirectory() as folder:
        files = {GRAPH: exact, TOKENIZER: bundle.file(TOKENIZER).read_bytes(), CARD: b"fp32"}
        whole = save_bundle(Path(folder), bundle.manifest, files)
        reference = ask(EncoderModel.load(whole, explain=False), passages)
    packed = ask(model, passages)
    scored = ~np.isnan(reference.chances)
    return {
        "label decisions alike": round(float((packed.flags == reference.flags)[scored].mean()), 4),
        "posts decided alike": round(float((packed.decided == reference.decided).mean()), 4),
        "macro F1 lost": round(_f1(reference, attacks) - _f1(packed, attacks), 4),
    }


def _f1(answers: Answers, attacks: Truths) -> float:
    return macro_f1(attacks, answers.decided, np.ones(len(attacks))) or 0.0
