"""How fast the encoder bundle reads posts on one core, beside the architecture of Detoxify's multilingual model.

    python tests/bench/bench_encoder.py [BUNDLE] [--posts 1024]

Posts are those of the corpus' test part with names drawn, at their natural length; tokenising is counted on both sides.
The other side is XLM-RoBERTa base (12 layers x 768, 250,002 pieces) with random weights in torch, fp32, which is how
Detoxify runs; weights do not change speed. Both run in this process, one thread each, in turns; the ratio of the
medians is what to believe on a noisy machine.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from random import Random

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[name] = "1"

import torch
from transformers import XLMRobertaConfig, XLMRobertaModel

from detector.domain import Passage
from detector.text.bundle import default_bundle, read_bundle
from detector.text.encoder import EncoderModel
from detector.text.marking import marked
from training.corpus import draw, read_corpus

BATCH = 32
ROUNDS = 5


def passages(count: int) -> list[Passage]:
    """Posts of the test part, names drawn."""
    posts = [post for post in read_corpus() if post.part == "test"]
    chosen = Random(1).sample(posts, min(count, len(posts)))
    return [draw(post, Random(post.id)).passage("T", reply=post.reply, lang=post.lang) for post in chosen]


def one_thread(bundle: Path) -> EncoderModel:
    """The bundle on one thread, without explanations."""
    import onnxruntime

    whole = onnxruntime.InferenceSession

    class Single(whole):  # type: ignore[misc, valid-type]
        def __init__(self, path: object, options: object, **more: object) -> None:
            options.intra_op_num_threads = 1  # type: ignore[attr-defined]
            super().__init__(path, options, **more)

    onnxruntime.InferenceSession = Single
    try:
        return EncoderModel.load(read_bundle(bundle), explain=False)
    finally:
        onnxruntime.InferenceSession = whole


def detoxify_shape() -> XLMRobertaModel:
    """Detoxify's multilingual architecture, weights random."""
    config = XLMRobertaConfig(vocab_size=250_002, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5)
    return XLMRobertaModel(config).eval()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", nargs="?", type=Path, default=default_bundle())
    parser.add_argument("--posts", type=int, default=1024)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model, other = one_thread(arguments.bundle), detoxify_shape()
    asked = passages(arguments.posts)
    texts = [marked(one) for one in asked]
    tokenizer = model._tokenizer
    ours, theirs = [], []
    for _ in range(ROUNDS):
        start = time.process_time()
        model.judge(asked)
        ours.append(len(asked) / (time.process_time() - start))
        few = texts[: max(BATCH, len(texts) // 8)]
        start = time.process_time()
        rows = sorted((one.ids for one in tokenizer.encode_batch(few)), key=len)
        with torch.inference_mode():
            for place in range(0, len(rows), BATCH):
                batch = rows[place : place + BATCH]
                ids = torch.ones(len(batch), max(map(len, batch)), dtype=torch.long)
                for row, one in enumerate(batch):
                    ids[row, : len(one)] = torch.tensor(one)
                other(input_ids=ids, attention_mask=(ids != 1).long())
        theirs.append(len(few) / (time.process_time() - start))
    tokens = statistics.mean(len(one.ids) for one in tokenizer.encode_batch(texts))
    ratio = statistics.median(ours) / statistics.median(theirs)
    size = sum(one.bytes for one in read_bundle(arguments.bundle).manifest.files.values())
    load = f"import time; from pathlib import Path; from detector.text.bundle import load_model; s = time.perf_counter(); load_model(Path({str(arguments.bundle)!r})); print(time.perf_counter() - s)"
    loads = [
        float(subprocess.run([sys.executable, "-c", load], capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    ]
    print(f"{len(asked)} posts, {tokens:.1f} tokens on average, one thread, CPU seconds")
    print(f"this bundle       {statistics.median(ours):8.1f} posts/s ({min(ours):.1f}-{max(ours):.1f})")
    print(f"12 x 768 in torch {statistics.median(theirs):8.1f} posts/s ({min(theirs):.1f}-{max(theirs):.1f})")
    print(f"ratio             {ratio:8.1f}")
    print(
        f"size {size / 1e6:.1f} MB, load {statistics.median(loads):.2f} s, peak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB (both models)"
    )


if __name__ == "__main__":
    main()
