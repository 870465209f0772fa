"""The durable log of what was shown and what shoppers did: written first, counted afterwards."""
