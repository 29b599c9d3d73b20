"""The public page: published stories for everybody, with Atom and JSON feeds."""
