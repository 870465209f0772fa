"""Training the built-in picture encoder from nothing: `python -m encoders.picture.training --help`."""
