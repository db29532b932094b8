"""Streams of posts: sources that read them, and the pipeline that composes matching, scoring and assessing."""
