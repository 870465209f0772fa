"""Shoppers whose true tastes are known: they search over HTTP, click by a click model, buy, and tell it as events."""
