"""Filling vectors: read what a document lacks, encode it, and write it onto the very version that was read."""
