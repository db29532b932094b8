"""`detector score`: label scores of texts alone, without a roster, for researchers and for evaluation."""

import sys
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from itertools import islice
from pathlib import Path
from typing import IO

import click
import msgspec

from detector.commands.shared import progress_bar, quiet_option, settings_from
from detector.domain import Judgement, LabelScore, Passage, Rejected, Scored
from detector.stream.flag_record import label_records
from detector.stream.lines import open_input
from detector.stream.pipeline import judge_safely
from detector.stream.texts import TextRecord, read_texts
from detector.text.bundle import default_bundle, load_model

BATCH = 1_000
_encode = msgspec.json.Encoder().encode


@click.command(epilog="Example: detector score texts.csv --output scores.jsonl")
@click.argument("texts")
@click.option("--output", metavar="FILE", required=True, help="Write scores as JSONL here (- for standard output).")
@click.option("--bundle", metavar="DIR", help="Model bundle [DETECTOR_BUNDLE].")
@click.option("--rejects", metavar="FILE", help="Write rejected records (line number and reason) as JSONL here.")
@quiet_option
def score(texts: str, output: str, bundle: str | None, rejects: str | None, quiet: bool) -> None:
    """Score texts: the probability that each attacks anybody, label by label.

    TEXTS is JSONL or CSV with `id`, `text` and, if known, `lang`; or - for JSONL on standard input.
    """
    model = load_model(settings_from(bundle=bundle).bundle or default_bundle(), explain=False)

    scored = rejected = 0
    with ExitStack() as stack:
        out: IO[bytes] = stack.enter_context(_opened(output))
        rejects_out = stack.enter_context(Path(rejects).open("wb")) if rejects else None
        opened = stack.enter_context(closing(open_input(texts)))
        records = read_texts(opened)
        advance = stack.enter_context(progress_bar("Scoring", quiet=quiet))
        while batch := list(islice(records, BATCH)):
            good = [record for record in batch if isinstance(record, TextRecord)]
            judgements = judge_safely(model, [Passage(text=one.text, lang=one.lang) for one in good])
            for one, judgement in zip(good, judgements, strict=True):
                out.write(_encode(_score_record(one, judgement)) + b"\n")
            for entry in batch:
                if isinstance(entry, Rejected) and rejects_out:
                    rejects_out.write(_encode({"line": entry.line, "reason": entry.reason}) + b"\n")
            scored += len(good)
            rejected += len(batch) - len(good)
            advance(opened.progress(), scored + rejected)
    click.echo(f"texts scored {scored:,}, rejected {rejected:,}", err=True)


def _opened(output: str) -> AbstractContextManager[IO[bytes]]:
    return nullcontext(sys.stdout.buffer) if output == "-" else Path(output).open("wb")


def _score_record(text: TextRecord, judgement: Judgement) -> dict[str, object]:
    labels = {
        label: LabelScore(score=score, flagged=isinstance(score, Scored) and score.probability >= score.threshold)
        for label, score in judgement.scores.items()
    }
    return {"id": text.id, "lang": judgement.lang, "labels": label_records(labels), "model": judgement.model}
