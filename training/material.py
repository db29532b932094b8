"""What an encoder's recipe learns from and is measured on: its public sets and the defender corpus, read once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detector.text.calibrate import Truths
from training.corpus import CorpusPost, read_corpus
from training.encoder_recipe import EncoderRecipe
from training.examples import Examples, joined, read_file, set_paths


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a recipe learns from and is measured on."""

    public: Examples
    calm: Truths
    corpus: Sequence[CorpusPost]

    def of_part(self, part: str) -> "Material":
        """Only the rows of one part."""
        rows = [row for row, name in enumerate(self.public.parts) if name == part]
        return Material(
            public=self.public.rows(rows), calm=self.calm[rows], corpus=[one for one in self.corpus if one.part == part]
        )


def read_material(recipe: EncoderRecipe, data_dir: Path, *, corpus: Path) -> Material:
    """The sets of a recipe and the corpus. Rows without any annotation are left out, calm ones aside.

    Raises:
        InputError: A set is missing or unreadable.
    """
    sets, calm = [], []
    for name, path in set_paths(recipe.sets, data_dir).items():
        examples = read_file(path)
        friendly = _friendly(path) if name in recipe.calm else np.zeros(len(examples), np.bool_)
        rows = np.flatnonzero(friendly | (examples.labels >= 0).any(axis=1))
        sets.append(examples.rows(rows.tolist()))
        calm.append(friendly[rows])
    posts = [
        post
        for post in read_corpus(corpus)
        if post.lang not in recipe.without and (post.part == "test" or post.kind not in recipe.without_kinds)
    ]
    return Material(public=joined(sets), calm=np.concatenate(calm), corpus=posts)


def _friendly(path: Path) -> Truths:
    import pyarrow.parquet as pq  # noqa: PLC0415 - slow to import

    raw = pq.read_table(path, columns=["raw"])["raw"].to_pylist()
    return np.array([str(value).lower().startswith("pos") for value in raw], np.bool_)
