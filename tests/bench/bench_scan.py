"""`detector scan` on a stream of any size: posts a second and peak memory. Not a test: run it by hand.

    python tests/bench/bench_scan.py --posts 1000000 --defenders 10000 --share 0.01

Writes a stream of invented posts in several scripts (1 % name one of the defenders, by handle or by name), scans it in
one process with the bundle that ships, and prints whole-run posts a second and peak memory; first for a stream a tenth
as long, so that one sees whether memory grows with the input.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SYLLABLES = ["ma", "ri", "so", "lu", "ka", "ne", "to", "vi", "da", "ye", "ban", "gor", "shi", "pel", "tan", "qui"]
WORDS = {
    "en": "today the water came late and people waited near bridge while market closed early again".split(),
    "es": "hoy el agua llegó tarde y la gente esperó cerca del puente mientras cerraba el mercado".split(),
    "ru": "сегодня вода пришла поздно и люди ждали у моста пока рынок снова закрывался рано".split(),
    "ar": "اليوم وصل الماء متأخرا وانتظر الناس قرب الجسر بينما أغلق السوق مبكرا مرة أخرى".split(),
    "hi": "आज पानी देर से आया और लोग पुल के पास इंतज़ार करते रहे जबकि बाज़ार फिर बंद हुआ".split(),
    "th": ["วันนี้น้ำมาช้า", "และผู้คนรอ", "ใกล้สะพาน", "ขณะที่ตลาดปิดเร็ว", "อีกครั้งเพราะฝน"],
}


def name(rng: random.Random) -> str:
    def word(parts: int) -> str:
        return "".join(rng.choice(SYLLABLES) for _ in range(parts)).capitalize()

    return f"{word(3)} {word(4)}"


def write_roster(path: Path, count: int, rng: random.Random) -> list[tuple[str, str]]:
    defenders = []
    entries = []
    for number in range(count):
        full, handle = name(rng), f"def_{number}_{rng.choice(SYLLABLES)}"
        defenders.append((full, handle))
        entries.append(
            {
                "id": f"d{number}",
                "kind": "person",
                "name": full,
                "aliases": [],
                "handles": [{"platform": "example", "handle": handle}],
                "languages": ["es"],
                "consent": {"given_at": "2026-01-01T00:00:00Z", "scope": "bench", "expires_at": None},
            }
        )
    path.write_text(json.dumps({"defenders": entries}))
    return defenders


def write_posts(path: Path, count: int, share: float, defenders: list[tuple[str, str]], rng: random.Random) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            lang = rng.choice(list(WORDS))
            words = [rng.choice(WORDS[lang]) for _ in range(rng.randint(4, 28))]
            if rng.random() < share:
                full, handle = rng.choice(defenders)
                words.insert(rng.randint(0, len(words)), f"@{handle}" if rng.random() < 0.5 else full)
            record = {
                "id": f"p{number}",
                "platform": "example",
                "text": " ".join(words),
                "lang": lang,
                "author": {"id": f"u{rng.randrange(100_000)}", "handle": f"user{rng.randrange(100_000)}"},
                "created_at": "2026-03-01T12:00:00Z",
            }
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def scan(posts: Path, roster: Path, folder: Path) -> tuple[float, float, str]:
    """Seconds, peak memory in MB, and the summary of one scan in a process of its own."""
    program = (
        "import resource, sys\nfrom detector.cli import main\n"
        "try:\n    main(sys.argv[1:])\nfinally:\n"
        "    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    command = [sys.executable, "-c", program, "scan", str(posts), "--roster", str(roster)]
    options = ["--output", str(folder / "flags.jsonl"), "--data", str(folder / "data"), "--quiet"]
    started = time.perf_counter()
    run = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
    return time.perf_counter() - started, int(run.stderr.strip().splitlines()[-1]) / 1024, run.stdout


def matching(posts: Path, roster: Path) -> tuple[float, float, float]:
    """Seconds to compile the roster, to read the posts, and to read and match them, in this process."""
    from datetime import UTC, datetime

    from detector.stream.files import open_posts
    from detector.targets.matcher import ThreadMemory, match_batch
    from detector.targets.roster import compile_roster
    from detector.targets.roster_file import read_roster

    defenders = read_roster(roster)
    started = time.process_time()
    compiled = compile_roster(defenders, now=datetime.now(UTC))
    compiling = time.process_time() - started
    started = time.process_time()
    for _ in open_posts(str(posts)).batches():
        pass
    reading = time.process_time() - started
    threads = ThreadMemory()
    started = time.process_time()
    for batch in open_posts(str(posts)).batches():
        match_batch(batch.posts, compiled, threads)
    return compiling, reading, time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--defenders", type=int, default=10_000)
    parser.add_argument("--share", type=float, default=0.01)
    given = parser.parse_args()
    rng = random.Random(7)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        defenders = write_roster(folder / "roster.json", given.defenders, rng)
        for count in (given.posts // 10, given.posts):
            posts = folder / f"posts-{count}.jsonl"
            write_posts(posts, count, given.share, defenders, rng)
            seconds, megabytes, summary = scan(posts, folder / "roster.json", folder)
            print(f"\n{count:,} posts, {posts.stat().st_size / 1e6:,.0f} MB: {seconds:.1f} s whole run,")
            print(f"{count / seconds:,.0f} posts/s, peak memory {megabytes:,.0f} MB")
            print(summary)
        compiling, reading, both = matching(posts, folder / "roster.json")
        print(f"compile roster {compiling:.2f} s; read {count / reading:,.0f} posts/s of CPU;")
        print(f"read and match {count / both:,.0f} posts/s of CPU")


if __name__ == "__main__":
    main()
