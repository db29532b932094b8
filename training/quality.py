"""The evaluation of a bundle, whole: which data ask what, and one report of everything measured.

Knows nothing of how a figure is worked out (`training.measured`) or drawn (`training.report`). A model that it is held
against is measured in the same way, on the same rows with the same names and disguises.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from detector import __version__
from detector.errors import InputError
from detector.text.bundle import Bundle, read_bundle
from training.comparison import section as side_by_side
from training.corpus import read_corpus
from training.examples import Examples, few_of_each, joined, read_examples, row_ids
from training.fit import Progress
from training.measured import Asked, Options, measure
from training.ordinary import read_ordinary
from training.report import Report
from training.target_level import select

STREAM = ("stream.jsonl", "roster.json", "truth.jsonl")


def run(
    bundle: Path,
    data: Sequence[Path],
    options: Options,
    *,
    against: Path | None = None,
    progress: Progress = lambda _what, _done: None,
) -> Report:
    """Evaluate a bundle.

    Args:
        bundle: Folder of the bundle.
        data: Labelled texts, corpora and streams, told apart by what is in them; see `read_asked`.
        options: How.
        against: A bundle to hold it against.
        progress: Told what is being done and how much of it is done.

    Raises:
        BundleError: A bundle cannot be loaded.
        InputError: Data cannot be read, or hold nothing of the part.
    """
    asked = read_asked(data, options)
    found = measure(bundle, asked, options, progress)
    facts = _facts(read_bundle(bundle), asked, options)
    title = f"Evaluation of {found.model}"
    if against is None:
        return Report(title=title, facts=facts, headlines=tuple(found.headlines), sections=tuple(found.sections))
    other = measure(against, asked, options, progress)
    by_name = {one.what: one for one in other.headlines}
    beside = [
        side_by_side(rows, mine, theirs) for (rows, mine), (_, theirs) in zip(found.rows, other.rows, strict=True)
    ]
    return Report(
        title=f"{title} against {other.model}",
        facts=facts,
        headlines=tuple(replace(one, other=by_name.get(one.what)) for one in found.headlines),
        sections=(*beside, *found.sections),
        against=other.model,
    )


def read_asked(data: Sequence[Path], options: Options) -> Asked:
    """Read what will be asked.

    A folder with `stream.jsonl`, `roster.json` and `truth.jsonl` is a stream; a folder with other `.jsonl` files a
    corpus; anything else labelled texts.

    Raises:
        InputError: See `run`.
    """
    streams = [path for path in data if (path / STREAM[0]).is_file()]
    if len(streams) > 1:
        raise InputError("One stream at a time can be evaluated")
    corpora = [path for path in data if path not in streams and path.is_dir() and any(path.glob("*.jsonl"))]
    texts = [path for path in data if path not in streams and path not in corpora]
    posts = [post for path in corpora for post in read_corpus(path)]
    chosen = select(posts, part=options.part, limit=options.limit, seed=options.seed)
    if posts and not chosen:
        raise InputError(f"The corpus holds no post of the part {options.part!r}")
    examples, ids = _read_texts(texts, options) if texts else (None, [])
    return Asked(
        posts=chosen,
        examples=examples,
        ids=ids,
        stream=streams[0] if streams else None,
        ordinary=[
            read_ordinary(path, part=options.part, limit=options.limit, seed=options.seed) for path in options.ordinary
        ],
    )


def _read_texts(paths: Sequence[Path], options: Options) -> tuple[Examples, list[str]]:
    examples = joined(read_examples(path) for path in paths)
    keep = (examples.labels >= 0).any(axis=1)
    if options.part is not None and any(examples.parts):
        # A set without parts is taken whole.
        keep &= np.array([part in (options.part, "") for part in examples.parts], np.bool_)
    rows = np.flatnonzero(keep).tolist()
    if not rows:
        names = ", ".join(str(path) for path in paths)
        raise InputError(f"{names}: no annotated row" + (f" of the part {options.part!r}" if options.part else ""))
    rows = [rows[row] for row in few_of_each([examples.langs[row] for row in rows], options.limit, seed=options.seed)]
    ids = row_ids(examples)
    return examples.rows(rows), [ids[row] for row in rows]


def _facts(bundle: Bundle, asked: Asked, options: Options) -> tuple[tuple[str, str], ...]:
    return tuple(_fact_lines(bundle, asked, options))


def _fact_lines(bundle: Bundle, asked: Asked, options: Options) -> Iterator[tuple[str, str]]:
    manifest = bundle.manifest
    size = sum(entry.bytes for entry in manifest.files.values())
    yield "Model", f"{bundle.id}, {manifest.kind}"
    yield "Size", f"{size / 1e6:.1f} MB"
    yield "Languages measured", f"{len(manifest.languages)}"
    if manifest.unscored:
        yield "Labels it does not judge", ", ".join(sorted(manifest.unscored))
    if asked.posts:
        yield "Corpus", f"{len(asked.posts):,} posts, {len({post.lang for post in asked.posts})} languages"
    if asked.examples is not None:
        yield "Labelled texts", f"{len(asked.examples):,} rows, {len(set(asked.examples.sets))} sets"
    if asked.ordinary:
        yield "Ordinary mentions", f"{sum(len(one.ids) for one in asked.ordinary):,}"
    yield "Part", options.part or "all"
    if options.limit is not None:
        yield "Rows a language, at most", f"{options.limit:,}"
    yield "Seed", str(options.seed)
    yield "Written by", f"hrd-detector {__version__}"
