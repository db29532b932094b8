"""How fast the text model is: load time, memory, passages a second on one thread.

Run: python tests/bench/bench_text.py [BUNDLE]    (invented texts; numbers go to standard output)
"""

import os
import random
import resource
import sys
import time
from pathlib import Path

import pytest

BATCH = 256
LANGUAGES = (
    "the report on the river says that nobody asked the village before the dam was built and now everyone is late",
    "qué vergüenza otra vez mienten sobre el agua como siempre aquí",
    "вот опять они пишут про реку и никто не слышит что говорят люди в деревне у плотины",
    "shame liar thanks brave court lawyer union strike tomorrow never always idiots traitors please read this thread",
)


def texts(count: int) -> list[str]:
    chance = random.Random(1)
    return [
        f"@somebody{n} " + " ".join(chance.choices(chance.choice(LANGUAGES).split(), k=chance.randint(6, 26)))
        for n in range(count)
    ]


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.bench
def test_speed() -> None:
    measure(None, count=4_000)


def measure(bundle: Path | None, *, count: int) -> None:
    before = peak_mb()
    start = time.perf_counter()
    from detector.domain import Passage
    from detector.normalize import normalize
    from detector.text.bundle import floor_bundle, load_model

    model = load_model(bundle or floor_bundle())
    print(f"import and load: {time.perf_counter() - start:.2f} s")
    start = time.perf_counter()
    model.judge([Passage(text="first call", lang="en")])
    print(f"first passage (kernels come from the cache, or are compiled): {time.perf_counter() - start:.2f} s")
    sample = texts(count)
    size = sum(map(len, sample)) / count
    for name, lang in (("language given", "en"), ("language detected", None)):
        start = time.perf_counter()
        for first in range(0, count, BATCH):
            model.judge([Passage(text=text, lang=lang) for text in sample[first : first + BATCH]])
        took = time.perf_counter() - start
        print(f"judge, {name}: {count / took:,.0f} passages/s ({size:.0f} code points each, batch {BATCH})")
    start = time.perf_counter()
    for text in sample:
        normalize(text)
    print(f"normalize alone: {count / (time.perf_counter() - start):,.0f} texts/s")
    print(f"peak memory: {peak_mb():.0f} MB ({before:.0f} MB before import)")


if __name__ == "__main__":
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    measure(Path(sys.argv[1]) if len(sys.argv) > 1 else None, count=40_000)
