"""Real catalogues: their files, converters where the data's own form needs one, and one command that runs them."""
