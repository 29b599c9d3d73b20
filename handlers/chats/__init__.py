"""Groups, inline mode, and coming and going."""
