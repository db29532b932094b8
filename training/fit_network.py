"""Fits the network: masked loss, warm-up and decay, checkpoints from which an interrupted run goes on.

A run is a number of lessons. Its state (weights, optimiser, how many lessons are done) is written every few minutes,
whole or not at all; started again with the same settings, the run skips what it has seen and goes on to the same end.
"""

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch
from tokenizers import Encoding, Tokenizer
from torch import nn

from training.batches import Mix, batches, lessons
from training.fit import Progress
from training.lessons import Lesson
from training.network import Network, freeze
from training.schedule import Schedule

CHECKPOINT = "checkpoint.pt"
EVERY = 300.0
"""Seconds between checkpoints."""

BLANKS = ("<mask>", "[MASK]", "<unk>", "[UNK]")
"""What a hidden piece is replaced by: the first that the tokeniser has."""

WARM_UP = 0.06
"""Share of a run in which the rates rise."""


def fit_network(
    network: Network,
    tokenizer: Tokenizer,
    mixes: Sequence[Mix],
    *,
    schedule: Schedule,
    folder: Path,
    report: Progress = lambda _what, _done: None,
) -> None:
    """Fit, from the last checkpoint in `folder` if there is one."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network.to(device).train()
    learning = freeze(network, layers=schedule.frozen)
    optimiser = _optimiser(network, schedule)
    done, losses = _resume(folder / CHECKPOINT, network, optimiser)
    torch.manual_seed(schedule.seed + done)
    steps = _skipping(mixes, schedule, done) if done < schedule.posts else iter(())
    saved = time.monotonic()
    while done < schedule.posts:
        _set_rates(optimiser, done / schedule.posts)
        loss = 0.0
        for _ in range(schedule.accumulate):
            batch = next(steps)
            loss += _step(network, tokenizer, batch, schedule, device)
            done += len(batch)
        nn.utils.clip_grad_norm_(learning, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        losses.append(loss / schedule.accumulate)
        report(f"loss {sum(losses[-100:]) / len(losses[-100:]):.3f}", min(done / schedule.posts, 1))
        if time.monotonic() - saved > EVERY:
            _save(folder / CHECKPOINT, network, optimiser, done, losses)
            saved = time.monotonic()
    _save(folder / CHECKPOINT, network, optimiser, done, losses)
    network.eval()


def encoded(
    tokenizer: Tokenizer, texts: Sequence[str], *, longest: int, device: torch.device | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and mask of texts, padded to the longest, shape (texts, tokens)."""
    tokenizer.enable_truncation(longest)
    tokenizer.enable_padding(pad_id=tokenizer.token_to_id("<pad>") or 0, pad_token="<pad>")  # noqa: S106 - no secret
    found: list[Encoding] = tokenizer.encode_batch(list(texts))
    ids = torch.tensor([one.ids for one in found], dtype=torch.long, device=device)
    mask = torch.tensor([one.attention_mask for one in found], dtype=torch.long, device=device)
    return ids, mask


def blanked(ids: torch.Tensor, share: float, tokenizer: Tokenizer) -> torch.Tensor:
    """Ids with a random share of word pieces hidden; special pieces and marks are never touched."""
    if not share:
        return ids
    special = {one.content: number for number, one in tokenizer.get_added_tokens_decoder().items() if one.special}
    blank = next(special[name] for name in BLANKS if name in special)
    words = torch.isin(ids, torch.tensor(sorted(special.values()), device=ids.device), invert=True)
    return ids.masked_fill(words & (torch.rand(ids.shape, device=ids.device) < share), blank)


def masked_loss(raw: torch.Tensor, marks: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy over what was annotated: the mean over each row's annotations, then over rows.

    Args:
        raw: Shape (rows, heads).
        marks: 0, 1, or negative where nobody annotated, same shape.
        weights: How much each row counts, shape (rows,).
    """
    known = (marks >= 0).to(raw.dtype)
    loss = nn.functional.binary_cross_entropy_with_logits(raw, marks.clamp(min=0).to(raw.dtype), reduction="none")
    # The last mark, "in any way", counts as much as all labels together: it decides whether anything is shown.
    share = torch.ones_like(loss)
    share[:, -1] = float(loss.shape[1] - 1)
    rows = (loss * known * share).sum(1) / (known * share).sum(1).clamp(min=1)
    taught = (known.sum(1) > 0).to(raw.dtype) * weights
    return (rows * taught).sum() / taught.sum().clamp(min=1e-6)


def twin_loss(raw: torch.Tensor, attack: torch.Tensor, batch: Sequence[Lesson]) -> torch.Tensor:
    """How far the attack of each pair of twins in a batch is from scoring above the other half (logistic, mean).

    Twins share their surface, so that what is learnt from their difference is meaning.

    Args:
        raw: Scores of "attacked in any way", shape (rows,).
        attack: 1, 0 or unknown, shape (rows,).
        batch: The lessons, in the order of the rows.
    """
    place: dict[int, int] = {}
    pairs = []
    for row, lesson in enumerate(batch):
        if lesson.pair and lesson.pair in place:
            pairs.append((place.pop(lesson.pair), row))
        elif lesson.pair:
            place[lesson.pair] = row
    if not pairs:
        return raw.sum() * 0
    first, second = torch.tensor(pairs, device=raw.device).T
    sign = (attack[first] - attack[second]).to(raw.dtype)
    return nn.functional.softplus(-sign * (raw[first] - raw[second])).mean()


def precision(device: torch.device) -> AbstractContextManager[object]:
    """Mixed precision where the machine has the instructions for it: bf16, which needs no loss scaling."""
    if device.type == "cuda" or torch.cpu._is_avx512_bf16_supported():  # noqa: SLF001 - there is no public question
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


def _step(
    network: Network, tokenizer: Tokenizer, batch: Sequence[Lesson], schedule: Schedule, device: torch.device
) -> float:
    ids, mask = encoded(tokenizer, [one.text for one in batch], longest=schedule.longest, device=device)
    ids = blanked(ids, schedule.blank, tokenizer)
    anybody = torch.tensor([one.anybody.tolist() for one in batch], device=device)
    target = torch.tensor([one.target.tolist() for one in batch], device=device)
    weights = torch.tensor([one.weight for one in batch], device=device)
    with precision(device):
        raw = network(ids, mask)
    loss = masked_loss(raw[0].float(), anybody, weights) + masked_loss(raw[1].float(), target, weights)
    loss = loss + schedule.contrast * twin_loss(raw[1][:, -1].float(), target[:, -1], batch)
    torch.autograd.backward(loss / schedule.accumulate)
    return float(loss.detach())


def _optimiser(network: Network, schedule: Schedule) -> torch.optim.Optimizer:
    """AdamW; a layer learns `fade` times as fast as the one above it, so that what all languages share is kept."""
    layers = network.encoder.encoder.layer
    inside = {id(one) for one in network.encoder.parameters()}
    above = [one for one in network.parameters() if id(one) not in inside]
    groups: list[dict[str, Any]] = [{"params": above, "peak": schedule.head_rate}]
    for depth, layer in enumerate(reversed(layers)):
        groups.append({"params": list(layer.parameters()), "peak": schedule.rate * schedule.fade**depth})
    taught = [
        {**group, "params": found}
        for group in groups
        if (found := [one for one in group["params"] if one.requires_grad])
    ]
    return torch.optim.AdamW(taught, lr=schedule.rate, weight_decay=schedule.decay, betas=(0.9, 0.98), fused=True)


def _set_rates(optimiser: torch.optim.Optimizer, done: float) -> None:
    """A straight rise, then a cosine down to a twentieth of the peak."""
    if done < WARM_UP:
        share = (done + 1e-3) / WARM_UP
    else:
        share = 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))
    for group in optimiser.param_groups:
        group["lr"] = group["peak"] * min(share, 1)


def _skipping(mixes: Sequence[Mix], schedule: Schedule, done: int) -> Iterator[list[Lesson]]:
    """Batches from where a run stood. Drawing is cheap: what was seen is drawn again and dropped."""
    stream = batches(lessons(mixes, seed=schedule.seed), size=schedule.batch, length=len, seed=schedule.seed)
    for _ in range(done // schedule.batch):
        next(stream)
    return stream


def _save(path: Path, network: Network, optimiser: torch.optim.Optimizer, done: int, losses: list[float]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {"network": network.state_dict(), "optimiser": optimiser.state_dict(), "done": done, "losses": losses}
    torch.save(state, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def _resume(path: Path, network: Network, optimiser: torch.optim.Optimizer) -> tuple[int, list[float]]:
    if not path.is_file():
        return 0, []
    state = torch.load(path, weights_only=True)
    network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["done"]), list(state["losses"])
