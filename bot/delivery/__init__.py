"""Delivery: workers send the messages of Broadcasts, at the rate that Telegram allows."""
