"""How much of what true labels teach can be had from biased clicks."""
