"""Files into the store: read, recognised, checked; what cannot be used set aside; the rest loaded."""
