"""A push in preparation: its Audience, price and preview."""
