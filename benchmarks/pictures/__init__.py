"""How well a picture encoder does a shop's tasks, on data that no encoder here was trained on."""
