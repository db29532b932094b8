"""How fast the encoder bundle reads posts on one core, beside the architecture of Detoxify's multilingual model.

    python tests/bench/bench_encoder.py [BUNDLE] [--posts 1024]

Posts are those of the corpus' test part with names drawn, at their natural length; tokenising is counted on both sides.
The other side is XLM-RoBERTa base (12 layers x 768, 250,002 pieces) with random weights in torch, fp32, which is how
Detoxify runs; weights do not change speed. Both run in this process, one thread each, in turns; the ratio of the
medians is what to believe on a noisy machine.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import torch
from tokenizers import Tokenizer
from transformers import XLMRobertaConfig, XLMRobertaModel

from detector.domain import Passage
from detector.text.bundle import default_bundle, read_bundle
from detector.text.encoder import TOKENIZER, EncoderModel
from detector.text.marking import marked
from training.corpus import draw, read_corpus

BATCH = 32
ROUNDS = 5
LOAD = """
import sys, time
from pathlib import Path
from detector.text.bundle import load_model
start = time.perf_counter()
load_model(Path(sys.argv[1]))
print(time.perf_counter() - start)
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(int(peak.split()[1]) / 1024)
"""
"""Loads a bundle in a process of its own; prints seconds and the peak of its memory in MB. `getrusage` will not do: it
counts what the parent held when it forked."""


def passages(count: int) -> list[Passage]:
    """Posts of the test part, names drawn."""
    posts = [post for post in read_corpus() if post.part == "test"]
    chosen = Random(1).sample(posts, min(count, len(posts)))
    return [draw(post, Random(post.id)).passage("T", reply=post.reply, lang=post.lang) for post in chosen]


def detoxify_shape() -> XLMRobertaModel:
    """Detoxify's multilingual architecture, weights random."""
    config = XLMRobertaConfig(vocab_size=250_002, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5)
    model = XLMRobertaModel(config)
    model.train(mode=False)
    return model


def read_by(other: XLMRobertaModel, tokenizer: Tokenizer, texts: Sequence[str]) -> None:
    """Tokenise and read texts in batches of like length."""
    rows = sorted((one.ids for one in tokenizer.encode_batch(list(texts))), key=len)
    with torch.inference_mode():
        for place in range(0, len(rows), BATCH):
            batch = [torch.tensor(one) for one in rows[place : place + BATCH]]
            ids = torch.nn.utils.rnn.pad_sequence(batch, batch_first=True, padding_value=1)
            other(input_ids=ids, attention_mask=(ids != 1).long())


def rate(count: int, work: Callable[[], object]) -> float:
    """Posts a second of CPU."""
    start = time.process_time()
    work()
    return count / (time.process_time() - start)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", nargs="?", type=Path, default=default_bundle())
    parser.add_argument("--posts", type=int, default=1024)
    arguments = parser.parse_args()
    os.environ["RAYON_NUM_THREADS"] = "1"  # the tokeniser's pool, made at its first use
    torch.set_num_threads(1)
    bundle = read_bundle(arguments.bundle)
    model, other = EncoderModel.load(bundle, explain=False, threads=1), detoxify_shape()
    tokenizer = Tokenizer.from_file(str(bundle.file(TOKENIZER)))
    asked = passages(arguments.posts)
    texts = [marked(one) for one in asked]
    few = texts[: max(BATCH, len(texts) // 8)]
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(rate(len(asked), lambda: model.judge(asked)))
        theirs.append(rate(len(few), lambda: read_by(other, tokenizer, few)))
    command = [sys.executable, "-c", LOAD, str(arguments.bundle)]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() for _ in range(3)]
    load, memory = (statistics.median(float(one[place]) for one in runs) for place in (0, 1))
    tokens = statistics.mean(len(one.ids) for one in tokenizer.encode_batch(texts))
    size = sum(one.bytes for one in bundle.manifest.files.values())
    print(f"{len(asked)} posts, {tokens:.1f} tokens on average, one thread, CPU seconds")
    print(f"this bundle       {statistics.median(ours):8.1f} posts/s ({min(ours):.1f}-{max(ours):.1f})")
    print(f"12 x 768 in torch {statistics.median(theirs):8.1f} posts/s ({min(theirs):.1f}-{max(theirs):.1f})")
    print(f"ratio             {statistics.median(ours) / statistics.median(theirs):8.1f}")
    print(f"size {size / 1e6:.1f} MB, load {load:.2f} s, peak memory once loaded {memory:.0f} MB")


if __name__ == "__main__":
    main()
