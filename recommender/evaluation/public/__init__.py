"""Tables for public data sets, a module each: ``HELD_OUT`` in words, ``rows(evidence, seed, progress)``."""
