"""A local Telegram: a strict Bot API server and a chat page, so that Comeback runs without an account.

Start it with `async with bot.sandbox.server.Sandbox(token=…) as sandbox`; `sandbox.url` is the bot's
`BOT_API_URL`, and `sandbox.world` has the people and chats, and the methods with which people act.
"""
