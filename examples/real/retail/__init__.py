"""Two thousand wholesale customers of one gift shop: what they bought, what they would search for, and who learns from it."""
