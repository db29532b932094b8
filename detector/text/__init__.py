"""Text models: from a passage to calibrated label scores. Knows nothing of rosters, policies or stores."""
