"""The objects of the shop, one file per family, drawn with the kit."""
