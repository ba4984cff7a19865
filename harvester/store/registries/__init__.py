"""What is asked of DOI registries, within which budget, and the notices that they gave."""
