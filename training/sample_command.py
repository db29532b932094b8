"""`detector sample`: picks posts out of a stream for people to label, and writes them for an annotation tool."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import click
import msgspec

from detector.commands.shared import now, progress_bar, quiet_option, settings_from
from detector.errors import InputError, RosterError
from detector.stream.files import open_posts
from detector.targets.matcher import ThreadMemory
from detector.targets.roster import Roster, compile_roster
from detector.targets.roster_file import read_roster
from detector.text.bundle import default_bundle, load_model
from training.annotation_files import FORMATS, write_tasks
from training.candidates import Candidate, LeftOut, Reservoir, candidates

ROOM_A_PICK = 20
"""Candidates that are held for each one wanted."""

LEAST_ROOM, MOST_ROOM = 1_000, 20_000


@click.command(
    epilog="Example: detector sample posts.jsonl --for-labelling --count 300 --roster roster.json "
    "--format label-studio --output tasks.json"
)
@click.argument("posts")
@click.option("--for-labelling", is_flag=True, help="Pick what a model would learn most from; else pick at random.")
@click.option("--count", required=True, type=click.IntRange(1, MOST_ROOM), help="How many to pick.")
@click.option(
    "--output", required=True, metavar="FILE", type=click.Path(path_type=Path), help="Write here; for argilla a folder."
)
@click.option("--roster", metavar="FILE", type=click.Path(path_type=Path), help="Pick mentions of these defenders.")
@click.option("--bundle", metavar="DIR", help="The model whose doubts count [DETECTOR_BUNDLE].")
@click.option("--format", "form", type=click.Choice(FORMATS), default="csv", show_default=True)
@click.option("--language", "languages", metavar="CODE", multiple=True, help="Only this language; may be repeated.")
@click.option("--room", type=click.IntRange(1, MOST_ROOM), help="Candidates held in memory [20 for each pick].")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same input: same sample.")
@click.option("--rejects", metavar="FILE", type=click.Path(path_type=Path), help="Write rejected records (JSONL) here.")
@quiet_option
def sample(
    posts: str, for_labelling: bool, count: int, output: Path, form: str, seed: int, quiet: bool, **more: Any
) -> None:
    """Pick posts to label: those a model is unsure of, unlike one another, languages in balance.

    POSTS is a file (.jsonl, .csv or .parquet; .gz and .zst too) or - for standard input. Of a long stream, first a
    random part is held (--room), and only that is scored. With a roster, posts that name or answer a defender are
    picked and the defender is marked; without one, the question is whether a post attacks anybody.
    """
    room = max(count, more["room"] or min(MOST_ROOM, max(LEAST_ROOM, ROOM_A_PICK * count)))
    chance = Random(seed)  # noqa: S311 - a sample, not a secret
    reservoir = Reservoir(room=room, chance=chance)
    seen = _Seen(languages=more["languages"])
    _read(posts, reservoir, seen, roster=_compiled(more["roster"]), rejects=more["rejects"], quiet=quiet)
    held = reservoir.held()
    if not held:
        raise InputError(f"None of the {seen.posts:,} posts can be labelled ({seen.left_out_words()})")
    picked = (
        _worth_labelling(held, count, more["bundle"], quiet=quiet) if for_labelling else _at_random(held, count, chance)
    )
    written = write_tasks(output, [one.task for one in picked], form=form)
    if not quiet:
        click.echo(f"candidates {reservoir.seen:,}, of which {len(held):,} were held at random (--room)", err=True)
        click.echo("\n".join(_summary(seen, picked, written)), err=True)


@dataclass(slots=True, kw_only=True)
class _Seen:
    """What was read, and what of it cannot be given out."""

    languages: Sequence[str]
    posts: int = 0
    rejected: int = 0
    other_languages: int = 0
    left_out: LeftOut = field(default_factory=LeftOut)

    def left_out_words(self) -> str:
        return (
            f"left out: {self.left_out.unmarkable:,} mentions by quote or thread alone, {self.left_out.wordless:,} "
            f"without words, {self.left_out.long:,} too long, {self.other_languages:,} in other languages; "
            f"{self.rejected:,} records rejected"
        )


def _read(
    posts: str, reservoir: Reservoir, seen: _Seen, *, roster: Roster | None, rejects: Path | None, quiet: bool
) -> None:
    threads = ThreadMemory()
    with ExitStack() as stack:
        rejects_out = stack.enter_context(rejects.open("wb")) if rejects else None
        advance = stack.enter_context(progress_bar("Reading", quiet=quiet))
        for batch in open_posts(posts).batches():
            seen.posts += len(batch.posts)
            seen.rejected += len(batch.rejected)
            for one in candidates(batch.posts, roster=roster, threads=threads, left_out=seen.left_out):
                if not seen.languages or one.language in seen.languages:
                    reservoir.add(one)
                else:
                    seen.other_languages += 1
            if rejects_out:
                rejects_out.writelines(msgspec.json.encode(entry) + b"\n" for entry in batch.rejected)
            advance(batch.progress, seen.posts + seen.rejected)


def _compiled(path: Path | None) -> Roster | None:
    if path is None:
        return None
    roster = compile_roster(read_roster(path), now=now())
    if not len(roster):
        raise RosterError(f"{path} holds nobody whose consent is valid")
    return roster


def _worth_labelling(held: Sequence[Candidate], count: int, bundle: str | None, *, quiet: bool) -> list[Candidate]:
    from training.sampling import distinct, uncertainties, worth_labelling  # noqa: PLC0415 - numba loads on demand

    model = load_model(settings_from(bundle=bundle).bundle or default_bundle(), explain=False)
    with progress_bar("Scoring", quiet=quiet) as advance:
        unsure = uncertainties(held, model, advance)
    with progress_bar("Comparing", quiet=quiet):
        rows = distinct(held, unsure)
        return worth_labelling([held[row] for row in rows], unsure[rows], count)


def _at_random(held: Sequence[Candidate], count: int, chance: Random) -> list[Candidate]:
    from training.sampling import at_random  # noqa: PLC0415 - see above

    return at_random(held, count, chance)


def _summary(seen: _Seen, picked: Sequence[Candidate], written: Sequence[Path]) -> Iterator[str]:
    counts = Counter(one.language for one in picked)
    yield f"posts read {seen.posts:,}; {seen.left_out_words()}"
    yield f"picked {len(picked):,}: " + ", ".join(f"{lang} {count}" for lang, count in counts.most_common())
    yield "written to " + " and ".join(map(str, written))
