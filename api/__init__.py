"""The web door: the API, its reference, health and metrics, and the pages."""
