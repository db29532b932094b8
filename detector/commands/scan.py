"""`detector scan`: match, score and assess a file or a stream of posts."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import click
import msgspec

from detector.assess.policy import Policy, read_policy
from detector.commands.report import print_summary, print_table
from detector.commands.shared import (
    data_options,
    keys_for,
    now,
    opened_store,
    progress_bar,
    quiet_option,
    settings_from,
)
from detector.domain import Rejected
from detector.errors import RosterError
from detector.settings import Settings
from detector.store import Store
from detector.store.crypto import KeyRing
from detector.stream.files import open_posts
from detector.stream.flag_record import flag_record
from detector.stream.pipeline import Judged, Pipeline, to_store
from detector.stream.tally import Tally
from detector.targets.roster import compile_roster
from detector.targets.roster_file import read_roster
from detector.text.bundle import default_bundle, load_model


@click.command(epilog="Example: detector scan posts.jsonl.gz --roster roster.json --output flags.jsonl")
@click.argument("posts")
@click.option("--roster", metavar="FILE", help="JSON or CSV roster; without it, the roster in the store.")
@click.option("--output", metavar="FILE", help="Write flags as JSONL here; without it, print a readable table.")
@click.option("--all", "every", is_flag=True, help="Write every mention, also those that are not flagged.")
@click.option("--bundle", metavar="DIR", help="Model bundle [DETECTOR_BUNDLE].")
@click.option("--policy", metavar="FILE", help="Policy [DETECTOR_POLICY].")
@click.option("--rejects", metavar="FILE", help="Write rejected records (line number and reason) as JSONL here.")
@click.option("--save", is_flag=True, help="Also put the flags into the store, for review in the console.")
@click.option(
    "--top", type=click.IntRange(0, 1000), help="Print this many of the most urgent flags [10 without --output]."
)
@data_options
@quiet_option
def scan(
    posts: str,
    roster: str | None,
    output: str | None,
    every: bool,
    rejects: str | None,
    save: bool,
    top: int | None,
    quiet: bool,
    **flags: str | None,
) -> None:
    """Find the posts that attack defenders on the roster, and say why.

    POSTS is a file (.jsonl, .csv or .parquet; .gz and .zst too) or - for standard input.
    """
    settings = settings_from(**flags)
    with ExitStack() as stack:
        store = stack.enter_context(opened_store(settings, quiet=quiet)) if save or not roster else None
        keys = keys_for(settings, quiet=True) if store else keys_for(settings, quiet=quiet)
        policy = read_policy(settings.policy)
        pipeline = _pipeline(settings, policy, roster, store)
        source = open_posts(posts)
        flags_out = stack.enter_context(_writer(output))
        rejects_out = stack.enter_context(_writer(rejects))
        tally = Tally(keep=top if top is not None else 0 if output else 10)
        advance = stack.enter_context(progress_bar("Scanning", quiet=quiet))
        for batch in source.batches():
            judged = pipeline.judge(batch.posts)
            tally.add(len(batch.posts), judged, batch.rejected)
            _write_flags(flags_out, judged, keys, every=every)
            _write_rejects(rejects_out, batch.rejected)
            if store and save:
                kept = to_store(len(batch.posts), judged, batch.rejected, flag_id=keys.flag_id, at=now())
                store.save(kept)
            advance(batch.progress, tally.records)
            source.commit(batch.offset)
    print_table(tally.most_urgent())
    print_summary(tally, output=output, rejects=rejects)


def _pipeline(settings: Settings, policy: Policy, roster: str | None, store: Store | None) -> Pipeline:
    defenders = read_roster(Path(roster)) if roster else tuple(store.defenders()) if store else ()
    if not defenders:
        raise RosterError(
            "The roster is empty: give --roster FILE, or put one into the store (detector roster import)."
        )
    return Pipeline(
        roster=compile_roster(defenders, now=now()),
        model=load_model(settings.bundle or default_bundle()),
        policy=policy,
    )


@contextmanager
def _writer(path: str | None) -> Iterator[IO[bytes] | None]:
    if path is None:
        yield None
        return
    with Path(path).open("wb") as file:
        yield file


def _write_flags(file: IO[bytes] | None, judged: Iterable[Judged], keys: KeyRing, *, every: bool) -> None:
    if file is None:
        return
    for one in judged:
        if every or one.assessment.flagged:
            file.write(_encode(flag_record(keys.flag_id(one.assessment), one.assessment)) + b"\n")


def _write_rejects(file: IO[bytes] | None, rejected: Iterable[Rejected]) -> None:
    if file is None:
        return
    for entry in rejected:
        file.write(_encode({"line": entry.line, "reason": entry.reason, "source": entry.source}) + b"\n")


_encode = msgspec.json.Encoder().encode
