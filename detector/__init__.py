"""hrd-detector: finds online attacks on human rights defenders and puts them before people.

The machine asks; people decide. Start with `docs/architecture.md`.
"""

__version__ = "0.1.0"
