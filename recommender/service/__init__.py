"""The use cases: what the doors call, one function each, in the contract's shapes."""
