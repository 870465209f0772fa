"""From the event log to packed profiles of shoppers and packed rows of products in Redis."""
