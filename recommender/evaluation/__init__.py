"""How good the models are: splits, metrics, baselines, and worlds whose truth is known."""
