"""Who a post is about: a compiled roster and the mentions of its defenders. Never whether a post attacks them."""
