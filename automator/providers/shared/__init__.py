"""Pieces that several providers are built of; a provider imports them, they know none."""
