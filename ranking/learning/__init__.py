"""Learning from shoppers: what was shown and what they did with it becomes training sets, models and a gate before they serve."""
