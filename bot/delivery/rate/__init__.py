"""The sending rate: limit how fast messages leave, and measure how fast a Broadcast goes."""
