"""How long and how fast a network learns: plain numbers, so that recipes are read without torch."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How long and how fast a network learns.

    `posts`: lessons in all; `batch`: lessons a step, times `accumulate` steps an update; `rate`: peak learning rate of
    the encoder, `head_rate` of heads and marks; `fade`: how much slower each layer
    learns than the one above it; `warm_up`: share of the run in which the rates rise; `frozen`: layers
    from below that stay as they are; `longest`: tokens a text; `every`: seconds between checkpoints;
    `contrast`: weight of the loss between twins.
    """

    posts: int
    batch: int = 32
    accumulate: int = 1
    rate: float = 1e-4
    head_rate: float = 5e-4
    fade: float = 0.9
    warm_up: float = 0.06
    frozen: int = 0
    longest: int = 96
    decay: float = 0.01
    every: float = 300.0
    contrast: float = 0.5
    seed: int = 1
