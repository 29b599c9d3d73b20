"""Who gets into the desk, and what protects it."""
