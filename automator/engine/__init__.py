"""The engine: takes deliveries in, decides, and carries runs through to a final state."""
