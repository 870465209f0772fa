"""Rows that serving reads: made from the log and the catalogue, kept in Redis, and made again from the log by one command."""
