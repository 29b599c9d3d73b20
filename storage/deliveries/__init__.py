"""Rows of delivery: leases, receipts, what is held, the shared send rate, outages of Telegram."""
