"""The drawing kit: outlines, materials, light and the studio in which the shop's pictures are taken."""
