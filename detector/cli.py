"""The command line: parses, composes, prints."""


def main() -> None:
    """Run the command line."""
