"""Rows of behaviour: how fast they are made from the log, how fast a search reads them, and what a search pays for them."""
