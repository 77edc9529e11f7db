"""The reference application: a queue worker that asks before each action, and hands over to people when it may not."""
