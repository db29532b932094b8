"""How long and how fast a network learns: plain numbers, so that recipes are read without torch."""

from typing import Annotated

import msgspec

from training.recipe import Positive, Strict


class Schedule(Strict, frozen=True, kw_only=True):
    """How long and how fast a network learns.

    `posts`: lessons in all; `batch`: lessons a step, times `accumulate` steps an update; `rate`: peak learning rate of
    the encoder, `head_rate` of heads and marks; `fade`: how much slower each layer learns than the one above it;
    `frozen`: layers from below that stay as they are; `longest`: tokens a text; `contrast`: weight of the loss between
    twins; `blank`: share of word pieces hidden from the network while it learns (Gal and Ghahramani 2016, "word
    dropout"), so that no single word decides; `decay`: weight decay of AdamW.
    """

    posts: Annotated[int, msgspec.Meta(ge=1)]
    batch: Annotated[int, msgspec.Meta(ge=1)] = 32
    accumulate: Annotated[int, msgspec.Meta(ge=1)] = 1
    rate: Positive = 1e-4
    head_rate: Positive = 5e-4
    fade: Positive = 0.9
    frozen: Annotated[int, msgspec.Meta(ge=0)] = 0
    longest: Annotated[int, msgspec.Meta(ge=8, le=512)] = 96
    contrast: Annotated[float, msgspec.Meta(ge=0)] = 0.5
    blank: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.0
    decay: Annotated[float, msgspec.Meta(ge=0)] = 0.01
    seed: int = 1
