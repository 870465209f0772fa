"""Click models: what a click says about a product once the place where it was shown is accounted for."""
