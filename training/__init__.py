"""From labelled examples to a model bundle: recipe, examples, splits, fit, calibrate, evaluate."""
