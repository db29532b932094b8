"""From post, mention and scores to an assessment: pure functions and a policy. Never a store, a clock or a network."""
