"""What one shopper likes: profiles, the visit's intent, neighbours, factors, and the features that come of them."""
