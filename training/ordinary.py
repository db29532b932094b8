"""Negatives from life: what share of ordinary mentions is flagged?

Two kinds of file. Native posts are judged as they are: the target is whom a post answers or, failing that, the first
account that it mentions. Labelled texts give their inoffensive rows, into which a mention is put. Ids and counts come
out, never a text. The decision is the model's, before any policy.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import msgspec
import numpy as np

from detector.characters import HANDLE
from detector.domain import Passage, Post, Span
from detector.errors import InputError
from detector.stream.files import open_posts
from detector.text.model import TextModel
from training.answers import Answers, ask
from training.examples import COLUMNS, Examples, few_of_each, read_examples, row_ids
from training.fit import Progress
from training.names import draw_person

NATIVE, LABELLED = "posts", "inoffensive rows"
GOALS = {NATIVE: 0.02, LABELLED: 0.01}
"""The share flagged that is wanted, at most, by kind of file."""

WAYS = {
    "a reply": 0.35,
    "a reply with the handle": 0.1,
    "the handle before": 0.2,
    "the handle after": 0.15,
    "the name before": 0.1,
    "the name after": 0.1,
}
"""How a mention is put in, and how often."""

_REPLIES = ("a reply", "a reply with the handle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordinary:
    """Ordinary mentions of one file: sequences of one length. `how` says where the mention came from."""

    source: str
    kind: str
    ids: Sequence[str]
    langs: Sequence[str]
    how: Sequence[str]
    passages: Sequence[Passage]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdinaryAnswers:
    """The same with a model's answers."""

    asked: Ordinary
    answers: Answers


def read_ordinary(path: Path, *, part: str | None, limit: int | None, seed: int) -> Ordinary:
    """Read a file of native posts or labelled texts, or a folder of labelled Parquet files.

    Args:
        path: Told apart by its columns: one with a column of labels is labelled.
        part: Of labelled rows that have parts, these only.
        limit: About so many rows a language at most, chosen by hash.
        seed: Of that choice and of the mentions put in.

    Raises:
        InputError: It cannot be read, or holds nothing of use.
    """
    labelled = path.is_dir() or bool(set(COLUMNS) & _columns(path))
    rows = list(_labelled_rows(path, part, seed) if labelled else _native_rows(path, seed))
    rows = [rows[row] for row in few_of_each([row[1].lang or "" for row in rows], limit, seed=seed)]
    if not rows:
        raise InputError(f"{path} holds no ordinary mention: no post, and no row without offence")
    return Ordinary(
        source=path.name.split(".")[0] or path.name,
        kind=LABELLED if labelled else NATIVE,
        ids=[row[0] for row in rows],
        langs=[row[1].lang or "unknown" for row in rows],
        how=[row[2] for row in rows],
        passages=[row[1] for row in rows],
    )


def measure(model: TextModel, asked: Ordinary, progress: Progress) -> OrdinaryAnswers:
    """Judge every mention."""
    return OrdinaryAnswers(asked=asked, answers=ask(model, asked.passages, progress, what="ordinary mentions"))


def mentioned(text: str, lang: str | None, chance: Random) -> tuple[Passage, str]:
    """A text with a mention of an invented defender put in, and how (one of `WAYS`)."""
    person = draw_person(lang or "en", chance.choice(("woman", "man", "organisation")), chance)
    (way,) = chance.choices(list(WAYS), list(WAYS.values()))
    reply, name = way in _REPLIES, f"@{person.handle}" if "handle" in way else person.name
    if way == "a reply":
        return Passage(text=text, lang=lang, others=_handles(text), replies_to_target=True), way
    before = not way.endswith("after")
    whole, place = (f"{name} {text}", 0) if before else (f"{text} {name}", len(text) + 1)
    target = Span(start=place, end=place + len(name))
    others = tuple(span for span in _handles(whole) if span.end <= target.start or target.end <= span.start)
    return Passage(text=whole, lang=lang, targets=(target,), others=others, replies_to_target=reply), way


def addressed(post: Post) -> Passage | None:
    """The question about whom a native post answers or first mentions, or None where it does neither."""
    answered = post.in_reply_to.author.handle if post.in_reply_to and post.in_reply_to.author else None
    places = _handles(post.text)
    handle = answered or (post.text[places[0].start + 1 : places[0].end] if places else None)
    if handle is None:
        return None
    named = handle.casefold()
    targets = tuple(span for span in places if post.text[span.start + 1 : span.end].casefold() == named)
    return Passage(
        text=post.text,
        lang=post.lang,
        targets=targets,
        others=tuple(span for span in places if span not in targets),
        replies_to_target=post.in_reply_to is not None,
    )


Row = tuple[str, Passage, str]


def _native_rows(path: Path, seed: int) -> Iterator[Row]:
    for batch in open_posts(str(path)).batches():
        for post in batch.posts:
            passage, how = addressed(post), "answered or mentioned"
            if passage is None:
                passage, how = mentioned(post.text, post.lang, Random(f"{seed}/{post.id}"))  # noqa: S311
            yield post.id, passage, how


def _labelled_rows(path: Path, part: str | None, seed: int) -> Iterator[Row]:
    examples = read_examples(path)
    for row, name in inoffensive(examples, part):
        passage, how = mentioned(examples.texts[row], examples.langs[row] or None, Random(f"{seed}/{name}"))  # noqa: S311
        yield name, passage, how


def inoffensive(examples: Examples, part: str | None) -> Iterator[tuple[int, str]]:
    """Rows known to be inoffensive, with no label on them, and an id for each: the set and its row from 1 up."""
    calm = examples.inoffensive
    if part is not None and any(examples.parts):
        calm &= np.array([one == part for one in examples.parts], np.bool_)
    names = row_ids(examples)
    yield from ((row, names[row]) for row in np.flatnonzero(calm).tolist())


def _handles(text: str) -> tuple[Span, ...]:
    found = (Span(start=one.start(), end=one.start() + len(one[0].rstrip(".-"))) for one in HANDLE.finditer(text))
    return tuple(found)


def _columns(path: Path) -> set[str]:
    """The names of a table's columns, from as little of it as tells."""
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq  # noqa: PLC0415 - a third of a second that other files need not wait

        try:
            return set(pq.read_schema(path).names)
        except (OSError, ValueError) as error:
            raise InputError(f"{path} cannot be read as parquet") from error
    if path.suffix in (".csv", ".tsv"):
        with path.open(encoding="utf-8") as lines:
            return set(next(csv.reader(lines, delimiter="\t" if path.suffix == ".tsv" else ","), []))
    if path.suffix in (".jsonl", ".ndjson", ".json"):
        with path.open("rb") as lines:
            try:
                return set(msgspec.json.decode(next(lines, b"{}"), type=dict[str, msgspec.Raw]))
            except msgspec.DecodeError as error:
                raise InputError(f"{path}, line 1: not a JSON object") from error
    return set()
