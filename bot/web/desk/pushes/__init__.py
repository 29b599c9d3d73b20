"""The desk's pages of pushes: the list, one push with its progress, preparation, the calendar."""
