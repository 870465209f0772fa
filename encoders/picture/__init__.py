"""Pictures to vectors: colour and edges in numpy, and shared spaces of words and pictures."""
