"""The HTTP API and the review console: a thin skin over the library."""
