"""What the product ships: framework, catalogue, questionnaires, indicators. Content, not code."""
