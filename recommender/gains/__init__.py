"""Expected gain of a module for a profile, with its uncertainty."""
