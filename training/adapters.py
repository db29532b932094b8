"""Low-rank adapters (LoRA, Hu et al. 2021): a few new weights learn in the encoder's stead and are merged at the end.

They forget less than training every weight, and their checkpoints are small. peft does the work; this module puts the
adapters in and takes them out, so that what is packed is a plain network.
"""

from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer

from training.network import Network

WHERE = ["query", "key", "value", "dense"]


def adapted(network: Network, *, rank: int, seed: int) -> None:
    """Put adapters into every linear layer of the encoder; its own weights stay as they are. Changes the network."""
    import torch  # noqa: PLC0415 - only for the seed of the adapters

    torch.manual_seed(seed)
    config = LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules=WHERE)
    inject_adapter_in_model(config, network.encoder)


def merged(network: Network) -> None:
    """Merge adapters into the weights they stood beside and take them out. Changes the network."""
    for name, module in list(network.encoder.named_modules()):
        if isinstance(module, LoraLayer):
            module.merge()
            parent, _, own = name.rpartition(".")
            setattr(network.encoder.get_submodule(parent), own, module.get_base_layer())
    for parameter in network.encoder.parameters():
        parameter.requires_grad = True
