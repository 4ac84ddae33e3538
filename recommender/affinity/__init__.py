"""What a learner is likely to take up and finish next, from what people took and in which order."""
