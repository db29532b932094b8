"""Where flags, decisions, tokens and the encrypted roster are kept: narrow protocols and their back ends."""
