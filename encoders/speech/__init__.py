"""Speech: recorded bytes to samples, samples to the words that were most likely said."""
