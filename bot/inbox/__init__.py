"""The inbox: updates are kept, confirmed, and handled afterwards, in order within each chat."""
