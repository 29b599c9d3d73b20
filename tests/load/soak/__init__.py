"""A week in an hour: the whole product driven from outside, and an oracle of its own (`make soak`)."""
