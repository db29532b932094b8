"""The review console: server-rendered pages on which a person decides. Every page works without JavaScript."""
