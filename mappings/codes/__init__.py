"""Vectors as bits: a rotation, then signs; found by Hamming distance, scored again by the vectors themselves."""
