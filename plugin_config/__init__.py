"""What people decide: settings, catalogues and ranking policies, as frozen values and their YAML."""
