"""The commands of the library, one module each. They parse, compose and print; what they do is done elsewhere."""
