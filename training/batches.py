"""In which order lessons come: groups by temperature, batches of like length.

A group (a data set in one language, or the corpus in one) with n rows is drawn from in proportion to n ** temperature:
1 leaves the data as they are, 0 gives every group the same share. Within a group, rows come in a shuffled order and
start over when all were seen.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from training.lessons import Lesson, Source

POOL = 24
"""Batches that are cut from one pool, sorted by length so that little is padded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """A source and how it is drawn from: its `share` of all lessons (0-1) and the temperature among its groups."""

    source: Source
    share: float
    temperature: float = 0.5


def lessons(mixes: Sequence[Mix], *, seed: int) -> Iterator[Sequence[Lesson]]:
    """Lessons without end, twins together. Same mixes and seed, same lessons."""
    chance = Random(seed)  # noqa: S311 - sampling, not secrecy
    streams = [_rows(mix, Random(f"{seed}/{place}")) for place, mix in enumerate(mixes)]  # noqa: S311
    shares = [mix.share for mix in mixes]
    while True:
        (place,) = chance.choices(range(len(mixes)), shares)
        yield mixes[place].source.draw(next(streams[place]), chance)


def batches(
    stream: Iterator[Sequence[Lesson]], *, size: int, length: Callable[[str], int], seed: int
) -> Iterator[list[Lesson]]:
    """Batches without end, each of lessons of like length; twins are in one batch, but for those at a batch's edge.

    Args:
        stream: Lessons, one or two at a time.
        size: Lessons a batch.
        length: How long a text is; any measure that grows with the number of its tokens.
        seed: Of the order of batches.
    """
    chance = Random(seed)  # noqa: S311
    while True:
        drawn: list[Sequence[Lesson]] = []
        while sum(map(len, drawn)) < POOL * size:
            drawn += (next(stream) for _ in range(size))
        drawn.sort(key=lambda some: max(length(one.text) for one in some))
        pool = [one for some in drawn for one in some]
        order = list(range(0, len(pool) - size + 1, size))
        chance.shuffle(order)
        for start in order:
            yield pool[start : start + size]


def _rows(mix: Mix, chance: Random) -> Iterator[int]:
    members: dict[str, list[int]] = {}
    for row, group in enumerate(mix.source.groups):
        members.setdefault(group, []).append(row)
    names = sorted(members)
    weights = [len(members[name]) ** mix.temperature for name in names]
    queues: Mapping[str, Iterator[int]] = {name: _endless(members[name], chance) for name in names}
    while True:
        for name in chance.choices(names, weights, k=256):
            yield next(queues[name])


def _endless(rows: Sequence[int], chance: Random) -> Iterator[int]:
    while True:
        order = list(rows)
        chance.shuffle(order)
        yield from order
