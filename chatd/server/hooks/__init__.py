"""What the embedding app is told of, and asked: webhooks for events, and the hook before posts.

All of it runs beside the road of commits. What an endpoint does, or does not do, never touches the chat; only a post
that a hook is asked about waits for it, and not longer than its budget.
"""
