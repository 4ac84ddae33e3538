"""Lets these tests use what the engine's and the service's make up."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path += [str(Path(__file__).parents[1] / room) for room in ("engine", "service")]
