"""Delivery: a Broadcast reaches every Subscriber in its Audience."""
