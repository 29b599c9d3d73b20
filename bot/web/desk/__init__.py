"""The desk: the web page of the editors."""
