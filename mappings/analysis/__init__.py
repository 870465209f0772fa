"""How words are cut and folded: one chain of filters per language, and the analyzers built from it."""
