"""Processes of this machine: starting, recognizing and ending them, their ports, locks and rights."""
